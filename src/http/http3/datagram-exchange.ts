import { BroadcastChannel } from 'node:worker_threads';
import type { UdpAddress } from '../../quic/connection/path.ts';

interface Stray {
  readonly datagram: Uint8Array;
  readonly from: UdpAddress;
}

/** The worker that an id names does not exist, or has a number that no worker can have. */
export type WorkerNumbers = { readonly own: number; readonly count: number };

/**
 * Hands datagrams over to the worker whose connection they are of. The kernel chooses a worker by the addresses of a datagram, so
 * that of a client that has moved, or whose NAT has, reaches another one.
 */
export class DatagramExchange {
  readonly #workers: WorkerNumbers;
  readonly #name: string;
  readonly #inbox: BroadcastChannel;
  readonly #outboxes = new Map<number, BroadcastChannel>();
  /** Datagrams that were handed over to others. */
  forwarded = 0;

  /** `name`: the same in all workers of this process, and of one listener. */
  constructor(name: string, workers: WorkerNumbers, received: (datagram: Buffer, from: UdpAddress) => void) {
    this.#name = name;
    this.#workers = workers;
    this.#inbox = new BroadcastChannel(`${name} ${workers.own}`);
    this.#inbox.addEventListener('message', ({ data }) => {
      const { datagram, from } = data as Stray;
      received(Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength), from);
    });
    this.#inbox.unref();
  }

  /** @returns false when there is no such worker */
  forward(worker: number, datagram: Buffer, from: UdpAddress): boolean {
    const { own, count } = this.#workers;
    if (worker >= count || worker === own) return false;
    let outbox = this.#outboxes.get(worker);
    if (!outbox) {
      outbox = new BroadcastChannel(`${this.#name} ${worker}`);
      outbox.unref();
      this.#outboxes.set(worker, outbox);
    }
    this.forwarded++;
    // A copy: the datagram may be a part of a large buffer, all of which would be cloned.
    outbox.postMessage({ datagram: Uint8Array.from(datagram), from } satisfies Stray);
    return true;
  }

  close(): void {
    this.#inbox.close();
    for (const outbox of this.#outboxes.values()) outbox.close();
  }
}
