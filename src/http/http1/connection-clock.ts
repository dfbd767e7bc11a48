/** What a connection is doing, for the time that it may take. */
export type Phase = 'first' | 'idle' | 'head' | 'body' | 'answer' | 'linger';

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
