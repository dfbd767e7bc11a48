import type { Priority } from '../../model/model.ts';

const priorityCount = 3;
/** The ones that are served first in front. */
const ranks: Readonly<Record<Priority, number>> = { High: 0, Normal: 1, Low: 2 };

/** How much of what was counted is forgotten at each look. */
const decay = 0.5;

/** Shares out what is admitted: all of a priority before any of the next, and within one by chance. */
export class Shares {
  readonly #seen = new Float64Array(priorityCount);
  readonly #chances = new Float64Array(priorityCount).fill(1);
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Whether a request is served; counts it. */
  take(priority: Priority): boolean {
    const rank = ranks[priority];
    this.#seen[rank] = (this.#seen[rank] as number) + 1;
    const chance = this.#chances[rank] as number;
    return chance >= 1 || this.#random() < chance;
  }

  /** `admitted`: share of all requests. Before anything is counted those of the middle stand for all. */
  share(admitted: number): void {
    const seen = this.#seen;
    const all = seen.reduce((sum, count) => sum + count, 0);
    let left = admitted * all;
    for (const [rank, count] of seen.entries()) {
      const before = rank === 0 ? 1 : rank === 1 ? admitted : 0;
      const taken = Math.min(left, count);
      // Who comes for the first time has the chance of those who came after.
      this.#chances[rank] = all === 0 ? before : count === 0 ? Math.min(1, left) : taken / count;
      left -= taken;
      seen[rank] = count * decay;
    }
  }
}
