/** Numbers from 0 to `size` - 1. Those never used come first, then those given back longest ago: a slot rests as long as it can. */
export class SlotPool {
  readonly size: number;
  readonly #free: number[] = [];
  #head = 0;
  #unused = 0;

  constructor(size: number) {
    this.size = size;
  }

  /** @returns undefined when all are taken. */
  take(): number | undefined {
    if (this.#unused < this.size) return this.#unused++;
    if (this.#head === this.#free.length) return undefined;
    const slot = this.#free[this.#head++];
    if (this.#head > 1024 && this.#head * 2 > this.#free.length) {
      this.#free.splice(0, this.#head);
      this.#head = 0;
    }
    return slot;
  }

  give(slot: number): void {
    this.#free.push(slot);
  }
}
