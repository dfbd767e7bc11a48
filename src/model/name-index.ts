/** Which names stand under a key. Mostly one, which is why a key with one has no set of its own: there are thousands of keys. */
export class NameIndex {
  readonly #names = new Map<string, string | Set<string>>();

  add(key: string, name: string): void {
    const names = this.#names.get(key);
    if (names === undefined) this.#names.set(key, name);
    else if (typeof names !== 'string') names.add(name);
    else if (names !== name) this.#names.set(key, new Set([names, name]));
  }

  /** Nothing where the name does not stand there. */
  remove(key: string, name: string): void {
    const names = this.#names.get(key);
    if (names === name) this.#names.delete(key);
    else if (typeof names === 'object' && names.delete(name) && names.size === 0) this.#names.delete(key);
  }

  /** Not to be walked through while names of that key are added or removed. */
  of(key: string): Iterable<string> {
    const names = this.#names.get(key) ?? [];
    return typeof names === 'string' ? [names] : names;
  }

  keys(): Iterable<string> {
    return this.#names.keys();
  }
}
