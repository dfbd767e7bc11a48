/** What a connection is doing, for the time that it may take. */
export type Phase = 'first' | 'idle' | 'rest' | 'head' | 'body' | 'answer' | 'linger';

/** How long a drain waits for the first request of a connection: who has just connected is about to send it. */
export const firstRequestMs = 500;
/** After the last response the client may still send: cut at once, it could lose the response (RFC 9112 section 9.6). */
export const lingerMs = 1000;
/**
 * Who has been sent away because there is too much to do is not read from for a while. To refuse a request costs a third of what it
 * costs to serve it: those of clients that come back at once would leave nothing for the others.
 */
export const restMs = 500;

/** How long a connection may be in its phase, and how long its client may take nothing of what was written. */
export class ConnectionClock {
  phase: Phase = 'first';
  /** `performance.now()` at which the phase has taken too long. */
  #deadline: number;
  #stalledAt = 0;

  constructor(now: number, firstMs: number) {
    this.#deadline = now + firstMs;
  }

  /** 0 ms: without a limit. */
  enter(phase: Phase, ms: number): void {
    this.phase = phase;
    this.#deadline = ms === 0 ? Infinity : performance.now() + ms;
  }

  /** True once for each phase that has taken too long. */
  isLate(now: number): boolean {
    if (now < this.#deadline) return false;
    this.#deadline = Infinity;
    return true;
  }

  /** `waiting`: the socket holds more than it wants. True when it has for more than `ms`, 0 for never. */
  isStalled(waiting: boolean, now: number, ms: number): boolean {
    if (!waiting || ms === 0) return false;
    if (this.#stalledAt === 0) this.#stalledAt = now;
    return now - this.#stalledAt > ms;
  }

  drained(): void {
    this.#stalledAt = 0;
  }
}
