import { minInitialDatagram } from '../packet/header.ts';
import type { Carried } from '../recovery/sent-packet.ts';

/** What paths usually take: Ethernet with IPv6, and with IPv4 (RFC 9000 section 14.3). */
const candidates = [1452, 1472];
const pauseMs = 500;
const maxTries = 3;

/** Finds out how large datagrams may be by sending larger ones than before (RFC 8899, RFC 9000 section 14.3). */
export class SizeProbes {
  current = minInitialDatagram;
  #most: number;
  #tries = 0;
  #isOut = false;
  #notBefore = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** The client takes no larger ones. */
  limit(most: number): void {
    this.#most = Math.min(this.#most, most);
  }

  /** The size to try now; 0: none. */
  next(now: number): number {
    if (this.#isOut || this.#tries >= maxTries || now < this.#notBefore) return 0;
    return candidates.find((size) => size > this.current && size <= this.#most) ?? 0;
  }

  /** A packet of that size is sent; `grown` hears when it has come. */
  probe(size: number, grown: (bytes: number) => void): Carried {
    this.#isOut = true;
    return {
      acked: () => {
        this.#isOut = false;
        this.#tries = 0;
        this.current = size;
        grown(size);
      },
      lost: () => {
        if (!this.#isOut) return;
        this.#isOut = false;
        this.#tries++;
        this.#notBefore = performance.now() + pauseMs;
      },
    };
  }

  /** Another path may take less. */
  restart(): void {
    this.current = minInitialDatagram;
    this.#tries = 0;
    this.#isOut = false;
  }
}
