import { expect } from 'chai';
import { RangeSet } from '../../../src/quic/coding/range-set.ts';

describe('range sets', () => {
  it('hold what was added and not removed, as a set of numbers does', () => {
    let seed = 12_345;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return (seed >> 8) % below;
    };
    for (let round = 0; round < 60; round++) {
      const ranges = new RangeSet();
      const plain = new Set<number>();
      for (let step = 0; step < 60; step++) {
        const from = random(100);
        const to = from + random(12);
        const adds = random(3) > 0;
        if (adds) ranges.add(from, to);
        else ranges.remove(from, to);
        for (let i = from; i < to; i++) {
          if (adds) plain.add(i);
          else plain.delete(i);
        }
        const found = Array.from({ length: 115 }, (_, i) => i).filter((i) => ranges.has(i));
        expect(found).to.deep.equal([...plain].toSorted((a, b) => a - b));
        for (let i = 1; i < ranges.flat.length; i++)
          expect(ranges.flat[i]).to.be.greaterThan(ranges.flat[i - 1] as number);
        if (to > from)
          expect(ranges.covers(from, to)).to.equal(
            Array.from({ length: to - from }, (_, i) => from + i).every((i) => plain.has(i)),
          );
      }
    }
  });

  it('forget the lowest first', () => {
    const ranges = new RangeSet();
    for (let i = 0; i < 10; i++) ranges.add(i * 2, i * 2 + 1);
    ranges.keepHighest(2);
    expect(ranges.flat).to.deep.equal([16, 17, 18, 19]);
  });
});
