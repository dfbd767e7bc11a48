/**
 * Lets `count` through at once and one each `everyMs` after that (a token bucket, kept as the time at which it is full again): who
 * comes now and then never waits, who comes without an end waits each time.
 */
export class Pace {
  readonly #burstMs: number;
  readonly #everyMs: number;
  #fullAt = 0;

  constructor(count: number, everyMs: number) {
    this.#burstMs = (count - 1) * everyMs;
    this.#everyMs = everyMs;
  }

  /** Takes a place when there is one. @returns 0, or milliseconds until there is one */
  take(now: number = performance.now()): number {
    const waitMs = Math.max(0, this.#fullAt - now - this.#burstMs);
    if (waitMs === 0) this.#fullAt = Math.max(now, this.#fullAt) + this.#everyMs;
    return waitMs;
  }
}
