/** Of Knuth: spreads ids that ascend by steps of any size. */
const spread = 0x9e37_79b1;
const free = -1;
const leastBits = 3;

/**
 * What comes and goes with requests, by an id: an integer of 0 to 2^53 - 1. Not a `Map`, for the reason that `LiveSet` gives: here
 * nothing refers to a value once it is out. Open addressing with linear probing; a deletion moves those behind it (Knuth, The Art of
 * Computer Programming 6.4, algorithm R), so there are no marks of deleted ones, and the table grows with what is in it at once only.
 */
export class IdMap<T> {
  #bits = leastBits;
  #ids = new Float64Array(1 << leastBits).fill(free);
  #values: (T | undefined)[] = Array.from({ length: 1 << leastBits }, () => undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: number): T | undefined {
    return this.#values[this.#place(id)];
  }

  has(id: number): boolean {
    return this.#ids[this.#place(id)] === id;
  }

  set(id: number, value: T): void {
    let place = this.#place(id);
    if (this.#ids[place] === free) {
      if (++this.#size * 2 > this.#ids.length) {
        this.#resize(this.#bits + 1);
        place = this.#place(id);
      }
      this.#ids[place] = id;
    }
    this.#values[place] = value;
  }

  /** @returns whether it was there */
  delete(id: number): boolean {
    let hole = this.#place(id);
    if (this.#ids[hole] !== id) return false;
    const mask = this.#ids.length - 1;
    for (let at = (hole + 1) & mask; this.#ids[at] !== free; at = (at + 1) & mask) {
      // One that would still be found where it is stays there.
      if (((at - this.#first(this.#ids[at] as number)) & mask) < ((at - hole) & mask)) continue;
      this.#ids[hole] = this.#ids[at] as number;
      this.#values[hole] = this.#values[at];
      hole = at;
    }
    this.#ids[hole] = free;
    this.#values[hole] = undefined;
    this.#size--;
    return true;
  }

  clear(): void {
    this.#size = 0;
    this.#resize(leastBits);
  }

  /** What is there now, in no order: it may be changed while one walks through it. */
  values(): T[] {
    return this.#values.filter((value, place) => this.#ids[place] !== free) as T[];
  }

  #first(id: number): number {
    return Math.imul(id, spread) >>> (32 - this.#bits);
  }

  /** Where the id is, or would be. */
  #place(id: number): number {
    const mask = this.#ids.length - 1;
    let place = this.#first(id);
    while (this.#ids[place] !== id && this.#ids[place] !== free) place = (place + 1) & mask;
    return place;
  }

  #resize(bits: number): void {
    const [ids, values] = [this.#ids, this.#values];
    this.#bits = bits;
    this.#ids = new Float64Array(1 << bits).fill(free);
    this.#values = Array.from({ length: 1 << bits }, () => undefined);
    if (this.#size === 0) return;
    for (const [i, id] of ids.entries()) {
      if (id === free) continue;
      const place = this.#place(id);
      this.#ids[place] = id;
      this.#values[place] = values[i];
    }
  }
}
