const countBits = 17;
const countMask = (1 << countBits) - 1;
const tagMask = (1 << 14) - 1;

/**
 * A shared counter that belongs to one state of a breaker: it carries the low bits of the state's number, and a count with
 * another number is no count at all. So nobody has to clear it at a transition, and no late update of one state can leak
 * into the next. `state` is the breaker's cell; counts go up to 131,071, thresholds up to 100,000.
 */
export class TaggedCounter {
  readonly #cells: Int32Array;
  readonly #cell: number;

  constructor(cells: Int32Array, cell: number) {
    this.#cells = cells;
    this.#cell = cell;
  }

  /** @returns the new count. */
  increment(state: number): number {
    return this.#update(state, (count) => Math.min(count + 1, countMask));
  }

  /** Not below 0. */
  decrement(state: number): void {
    this.#update(state, (count) => Math.max(count - 1, 0));
  }

  /** @returns false, and changes nothing, when the count is at `limit` already. */
  incrementBelow(state: number, limit: number): boolean {
    return this.#update(state, (count) => (count < limit ? count + 1 : undefined)) > 0;
  }

  /** Sets the count to 1. */
  restart(state: number): void {
    this.#update(state, () => 1);
  }

  clear(state: number): void {
    const word = Atomics.load(this.#cells, this.#cell);
    // When this loses, another worker counted at this moment: that came after the success, or as good as.
    if (word >>> countBits === tagOf(state)) Atomics.compareExchange(this.#cells, this.#cell, word, 0);
  }

  #update(state: number, change: (count: number) => number | undefined): number {
    const tag = tagOf(state);
    for (;;) {
      const word = Atomics.load(this.#cells, this.#cell);
      const next = change(word >>> countBits === tag ? word & countMask : 0);
      if (next === undefined) return 0;
      if (Atomics.compareExchange(this.#cells, this.#cell, word, (tag << countBits) | next) === word)
        return next;
    }
  }
}

const tagOf = (state: number): number => (state >>> 2) & tagMask;
