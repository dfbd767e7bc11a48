/** Sets of integers as ranges that neither touch nor overlap, ascending: [from, to, from, to, …], `to` excluded. */
export class RangeSet {
  readonly flat: number[] = [];

  get count(): number {
    return this.flat.length / 2;
  }

  get isEmpty(): boolean {
    return this.flat.length === 0;
  }

  has(value: number): boolean {
    const { flat } = this;
    // New numbers are near the end.
    for (let i = flat.length - 2; i >= 0; i -= 2)
      if (value >= (flat[i] as number)) return value < (flat[i + 1] as number);
    return false;
  }

  /** Whether all of it is there. */
  covers(from: number, to: number): boolean {
    const { flat } = this;
    for (let i = flat.length - 2; i >= 0; i -= 2)
      if (from >= (flat[i] as number)) return to <= (flat[i + 1] as number);
    return false;
  }

  add(from: number, to: number): void {
    if (from >= to) return;
    const { flat } = this;
    // Nearly always: behind all others, or right at the end of the last.
    const last = flat.length - 2;
    if (last < 0 || from > (flat[last + 1] as number)) {
      flat.push(from, to);
      return;
    }
    if (from >= (flat[last] as number)) {
      if (to > (flat[last + 1] as number)) flat[last + 1] = to;
      return;
    }
    // The first range that touches it, and the first that lies behind it.
    let first = 0;
    while ((flat[first + 1] as number) < from) first += 2;
    let behind = first;
    let [low, high] = [from, to];
    while (behind < flat.length && (flat[behind] as number) <= to) {
      low = Math.min(low, flat[behind] as number);
      high = Math.max(high, flat[behind + 1] as number);
      behind += 2;
    }
    flat.splice(first, behind - first, low, high);
  }

  remove(from: number, to: number): void {
    if (from >= to) return;
    const { flat } = this;
    for (let i = 0; i < flat.length;) {
      const low = flat[i] as number;
      const high = flat[i + 1] as number;
      if (high <= from) i += 2;
      else if (low >= to) return;
      else if (low >= from && high <= to) flat.splice(i, 2);
      else if (low < from && high > to) {
        flat.splice(i, 2, low, from, to, high);
        return;
      } else {
        if (low < from) flat[i + 1] = from;
        else flat[i] = to;
        i += 2;
      }
    }
  }

  /** Forgets the lowest ranges until there are only `most`. */
  keepHighest(most: number): void {
    if (this.count > most) this.flat.splice(0, this.flat.length - 2 * most);
  }

  clear(): void {
    this.flat.length = 0;
  }
}
