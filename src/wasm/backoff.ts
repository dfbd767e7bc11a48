const first = 1000;
const longest = 60_000;
/** Longer than any wait, so that one that begins again does not look like health. */
export const forgivenAfterMs = longest * 1.2;

/**
 * How long to wait before an instance is built anew: at once after the first failure, then a second, doubling to a minute,
 * each between 80 and 120 percent so that the workers do not build in step. A minute without a failure forgives all.
 */
export class Backoff {
  #failures = 0;
  #lastFailure = -Infinity;

  /** Milliseconds to wait after a failure at `now` (milliseconds of any clock); `random` is in [0, 1). */
  next(now: number, random: number): number {
    if (now - this.#lastFailure > forgivenAfterMs) this.#failures = 0;
    this.#lastFailure = now;
    const failures = this.#failures++;
    if (failures === 0) return 0;
    return Math.min(first * 2 ** (failures - 1), longest) * (0.8 + 0.4 * random);
  }
}
