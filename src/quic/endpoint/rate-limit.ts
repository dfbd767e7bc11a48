/** So many at once, and so many a second for ever. */
export class RateLimit {
  readonly #perSecond: number;
  #tokens: number;
  #filledAt = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
  }

  /** `now`: `performance.now()`. */
  take(now: number): boolean {
    this.#tokens = Math.min(
      this.#perSecond,
      this.#tokens + ((now - this.#filledAt) / 1000) * this.#perSecond,
    );
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
