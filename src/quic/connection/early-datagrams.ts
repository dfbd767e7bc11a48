import type { UdpAddress } from './path.ts';

interface EarlyDatagram {
  readonly datagram: Buffer;
  readonly from: UdpAddress;
}

/** More than a client sends before it has heard that its handshake is complete. */
const most = 16;

/** 1-RTT packets that overtook the end of the handshake (RFC 9001 section 5.7). */
export class EarlyDatagrams {
  #waiting: EarlyDatagram[] = [];

  /** Copies it; what is too much is as good as lost. */
  add(datagram: Buffer, from: UdpAddress): void {
    if (this.#waiting.length < most) this.#waiting.push({ datagram: Buffer.from(datagram), from });
  }

  /** All of them, which are forgotten here. */
  take(): readonly EarlyDatagram[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }
}
