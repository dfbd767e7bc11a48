import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface RelayOptions {
  /** Share of datagrams that are lost, and of those that come after the ones behind them; both directions. */
  readonly loss: number;
  readonly reordering: number;
  readonly seed: number;
  /** As a NAT does that forgets: after so many datagrams a client has another port. Undefined: never. */
  readonly rebindAfter?: number;
}

/** What a bad network does to datagrams, between clients and a server on this machine; the same for the same seed. */
export class Relay {
  lost = 0;
  passed = 0;
  /** That the server has seen clients at. */
  ports = 0;
  readonly #options: RelayOptions;
  readonly #front = createSocket('udp4');
  readonly #backs = new Map<string, Socket>();
  /** Port of the server. */
  to: number;
  #state: number;
  #isClosed = false;

  constructor(to: number, options: RelayOptions = { loss: 0, reordering: 0, seed: 0 }) {
    this.to = to;
    this.#options = options;
    this.#state = options.seed >>> 0;
  }

  /** @returns its port */
  async start(): Promise<number> {
    this.#front.on('message', (datagram: Buffer, from: RemoteInfo) => {
      this.#pass(() => this.#backOf(from).send(datagram, this.to, '127.0.0.1'));
    });
    this.#front.bind(0, '127.0.0.1');
    await once(this.#front, 'listening');
    return this.#front.address().port;
  }

  close(): void {
    this.#isClosed = true;
    this.#front.close();
    this.#forget();
  }

  /** What comes to the ports of before is lost. */
  #forget(): void {
    for (const back of this.#backs.values()) back.close();
    this.#backs.clear();
  }

  #backOf({ address, port }: RemoteInfo): Socket {
    const key = `${address} ${port}`;
    let back = this.#backs.get(key);
    if (!back) {
      back = createSocket('udp4');
      this.ports++;
      back.on('message', (datagram: Buffer) => this.#pass(() => this.#front.send(datagram, port, address)));
      this.#backs.set(key, back);
    }
    return back;
  }

  #pass(send: () => void): void {
    if (this.#random() < this.#options.loss) {
      this.lost++;
      return;
    }
    this.passed++;
    const { reordering, rebindAfter = Infinity } = this.#options;
    if (this.passed % rebindAfter === 0) this.#forget();
    if (this.#random() < reordering) setTimeout(() => this.#isClosed || send(), 5);
    else send();
  }

  /** mulberry32 */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}
