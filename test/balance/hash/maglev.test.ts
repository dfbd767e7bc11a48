import { expect } from 'chai';
import { maglevTable, tableSize } from '../../../src/balance/hash/maglev.ts';

const entries = (count: number, weight = 1): { name: string; weight: number }[] =>
  Array.from({ length: count }, (_, i) => ({ name: `10.0.${i >> 8}.${i & 255}:80`, weight }));

/** How many places each name has. */
function placesOf(list: readonly { name: string; weight: number }[]): ReadonlyMap<string, number> {
  const counts = new Map(list.map(({ name }) => [name, 0]));
  for (const i of maglevTable(list)) counts.set(list[i]!.name, (counts.get(list[i]!.name) ?? 0) + 1);
  return counts;
}

/** Share of the places that have another owner. */
function moved(from: readonly { name: string; weight: number }[], to: typeof from): number {
  const [before, after] = [maglevTable(from), maglevTable(to)];
  let count = 0;
  for (let i = 0; i < tableSize; i++) if (from[before[i]!]!.name !== to[after[i]!]!.name) count++;
  return count / tableSize;
}

describe('maglevTable', () => {
  it('has places for none, one and many, as even as can be', () => {
    expect(maglevTable([])).to.have.length(tableSize);
    expect([...placesOf(entries(1)).values()]).to.deep.equal([tableSize]);
    const counts = [...placesOf(entries(100)).values()];
    // Each has a turn in every round, so nobody is more than one place ahead.
    expect(Math.max(...counts) - Math.min(...counts)).to.be.at.most(1);
  });

  for (const gone of [0, 17, 50, 99]) {
    it(`moves at most 2 % of the places beyond its share when number ${gone} of 100 leaves or comes`, () => {
      const all = entries(100);
      const rest = all.filter((_, i) => i !== gone);
      expect(moved(all, rest)).to.be.within(0.01 - 1e-4, 0.03);
      expect(moved(rest, all)).to.be.within(0.01 - 1e-4, 0.03);
    });
  }

  it('does not depend on the order of the entries', () => {
    expect(moved(entries(20), entries(20).toReversed())).to.equal(0);
  });

  it('gives places in proportion to the weights', () => {
    const list = [4, 2, 1, 1].map((weight, i) => ({ name: `e${i}`, weight }));
    const counts = [...placesOf(list).values()];
    for (const [i, { weight }] of list.entries())
      expect(counts[i]! / tableSize).to.be.closeTo(weight / 8, 0.0005);
  });
});
