import { murmur } from './murmur.ts';

/** Places in the table: a prime, so that every step below it visits all of them. With 100 endpoints each has some 655. */
export const tableSize = 65537;

interface Entry {
  readonly name: string;
  /** More than 0. */
  readonly weight: number;
}

/**
 * The look-up table of Maglev (D. Eisenbud et al., NSDI 2016, section 3.4): for each place the index of an entry. Each entry has an
 * order of its own in which it likes the places, made of its name alone; in turns each takes the first that is free. So shares are
 * even, and few places change hands when an entry comes or goes. With weights an entry misses turns in proportion, as in Envoy.
 * Does not depend on the order of the entries. Takes some milliseconds.
 */
export function maglevTable(entries: readonly Entry[]): Uint16Array {
  const table = new Uint16Array(tableSize);
  if (entries.length === 0) return table;
  const turns = entries.map((_, i) => i).toSorted((a, b) => byName(entries[a] as Entry, entries[b] as Entry));
  const largest = entries.reduce((most, { weight }) => Math.max(most, weight), 0);
  const next = Uint32Array.from(entries, ({ name }) => (murmur(name, 0, name.length, 1) >>> 0) % tableSize);
  const steps = Uint32Array.from(
    entries,
    ({ name }) => ((murmur(name, 0, name.length, 2) >>> 0) % (tableSize - 1)) + 1,
  );
  const owed = new Float64Array(entries.length);
  const taken = new Uint8Array(tableSize);
  let left = tableSize;
  for (let round = 1; ; round++) {
    for (const i of turns) {
      if (round * (entries[i] as Entry).weight < (owed[i] as number)) continue;
      owed[i] = (owed[i] as number) + largest;
      let place = next[i] as number;
      const step = steps[i] as number;
      while (taken[place] === 1) place = (place + step) % tableSize;
      taken[place] = 1;
      table[place] = i;
      next[i] = (place + step) % tableSize;
      if (--left === 0) return table;
    }
  }
}

const byName = (a: Entry, b: Entry): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
