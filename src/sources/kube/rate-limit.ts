/** Lets at most `count` through in any span of `spanMs`; the first of them at once. */
export class RateLimit {
  readonly #count: number;
  readonly #spanMs: number;
  #taken: number[] = [];

  constructor(count: number, spanMs: number) {
    this.#count = count;
    this.#spanMs = spanMs;
  }

  /** Takes a place when there is one. @returns 0, or milliseconds until there may be one */
  take(now: number = performance.now()): number {
    this.#taken = this.#taken.filter((at) => at > now - this.#spanMs);
    const [oldest] = this.#taken;
    if (oldest !== undefined && this.#taken.length >= this.#count) return oldest + this.#spanMs - now;
    this.#taken.push(now);
    return 0;
  }
}
