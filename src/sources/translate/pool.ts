/** One value of several that were put under an id by units, in the order of their names. */
export type Merge<V> = (values: readonly V[]) => V;

interface Single<V> {
  readonly unit: string;
  readonly value: V;
}

const first = <V>(values: readonly V[]): V => values[0] as V;

/** What units of the translation have made, by id. Several may make the same; `merge` says what is true then, by default the first. */
export class Pool<V> {
  /** As they were at the last `settle`. */
  readonly values = new Map<string, V>();
  readonly #merge: Merge<V>;
  readonly #held = new Map<string, Single<V> | Map<string, V>>();
  readonly #touched = new Set<string>();

  constructor(merge: Merge<V> = first) {
    this.#merge = merge;
  }

  put(id: string, unit: string, value: V): void {
    this.#touched.add(id);
    const held = this.#held.get(id);
    if (held instanceof Map) held.set(unit, value);
    else if (!held || held.unit === unit) this.#held.set(id, { unit, value });
    else this.#held.set(id, new Map([[held.unit, held.value]]).set(unit, value));
  }

  drop(id: string, unit: string): void {
    this.#touched.add(id);
    const held = this.#held.get(id);
    if (held instanceof Map) {
      held.delete(unit);
      if (held.size === 0) this.#held.delete(id);
    } else if (held?.unit === unit) this.#held.delete(id);
  }

  /** Whether a unit other than that one holds the id. */
  isHeldBeside(id: string, unit: string): boolean {
    const held = this.#held.get(id);
    if (held instanceof Map) return held.size > (held.has(unit) ? 1 : 0);
    return held !== undefined && held.unit !== unit;
  }

  /** Makes true what was put and dropped. @returns ids whose value is another now, or gone */
  settle(): readonly string[] {
    if (this.#touched.size === 0) return [];
    const changed: string[] = [];
    for (const id of this.#touched) {
      const value = this.#valueOf(id);
      if (value === this.values.get(id)) continue;
      changed.push(id);
      if (value === undefined) this.values.delete(id);
      else this.values.set(id, value);
    }
    this.#touched.clear();
    return changed;
  }

  #valueOf(id: string): V | undefined {
    const held = this.#held.get(id);
    if (!(held instanceof Map)) return held?.value;
    const units = [...held.keys()].toSorted();
    return this.#merge(units.map((unit) => held.get(unit) as V));
  }
}
