import { expect } from 'chai';
import { mix, murmur } from '../../../src/balance/hash/murmur.ts';
import { chiSquare } from '../world.ts';

describe('murmur', () => {
  it('is the same for the same part of a text, wherever it stands', () => {
    expect(murmur('xxsession=abc;', 10, 13, 7)).to.equal(murmur('abc', 0, 3, 7));
    expect(murmur('abc', 0, 3, 7)).to.not.equal(murmur('abd', 0, 3, 7));
    expect(murmur('abc', 0, 3, 7)).to.not.equal(murmur('abc', 0, 3, 8));
    expect(murmur('ab', 0, 2, 7)).to.not.equal(murmur('ab\0', 0, 3, 7));
  });

  it('spreads keys that differ in little evenly', () => {
    for (const name of ['user-', '192.0.2.', '/very/long/path/to/a/thing/']) {
      const counts = Array<number>(64).fill(0);
      for (let i = 0; i < 64_000; i++) {
        const key = `${name}${i}`;
        const at = murmur(key, 0, key.length, 0) & 63;
        counts[at] = counts[at]! + 1;
      }
      // 63 degrees of freedom: 99.9 % below 103.4.
      expect(chiSquare(counts), name).to.be.lessThan(103.4);
    }
  });

  it('mixes every bit', () => {
    expect(new Set(Array.from({ length: 32 }, (_, i) => mix(1 << i))).size).to.equal(32);
  });
});
