/** What a writer asks before each write. */
export interface Limit {
  /** Takes a place when there is one. @returns 0, or milliseconds until there may be one */
  take(now?: number): number;
}

/** Lets at most `count` through in any span of `spanMs`; the first of them at once. */
export class RateLimit implements Limit {
  readonly #count: number;
  readonly #spanMs: number;
  #taken: number[] = [];

  constructor(count: number, spanMs: number) {
    this.#count = count;
    this.#spanMs = spanMs;
  }

  take(now: number = performance.now()): number {
    const waitMs = this.waitMs(now);
    if (waitMs === 0) this.enter(now);
    return waitMs;
  }

  /** Milliseconds until there is a place, beside `kept` ones that are for others. */
  waitMs(now: number, kept = 0): number {
    this.#taken = this.#taken.filter((at) => at + this.#spanMs - now > 0);
    const last = this.#taken[this.#taken.length - this.#count + kept];
    return last === undefined ? 0 : last + this.#spanMs - now;
  }

  /** Takes a place that there is. */
  enter(now: number): void {
    this.#taken.push(now);
  }
}

/**
 * One limit of several writers. Who finds no place is kept the next one, before all who ask later: a writer with much to write
 * would else take every place in the moment it is free, and the others none.
 */
export class SharedLimit {
  readonly #whole: RateLimit;
  /** Who waits, the first first. One that asks no more, since it need not write any more, costs the others one place. */
  readonly #line = new Set<Limit>();

  constructor(count: number, spanMs: number) {
    this.#whole = new RateLimit(count, spanMs);
  }

  /** The limit of one writer, who also keeps to `own` where there is one: a place is taken in both, or in none. */
  share(own?: RateLimit): Limit {
    const share: Limit = { take: (now = performance.now()) => this.#take(share, own, now) };
    return share;
  }

  #take(share: Limit, own: RateLimit | undefined, now: number): number {
    // Not in line until then: nobody is to wait for one who may not.
    const heldMs = own?.waitMs(now) ?? 0;
    if (heldMs > 0) return heldMs;
    this.#line.add(share);
    const waitMs = this.#whole.waitMs(now, [...this.#line].indexOf(share));
    if (waitMs > 0) return waitMs;
    this.#line.delete(share);
    this.#whole.enter(now);
    own?.enter(now);
    return 0;
  }
}
