import { expect } from 'chai';
import { flatness } from '../../hack/soak/flatness.ts';

/** Uniform in [0, 1), the same each time (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const seconds = 1800;

describe('what tells a leak from noise', () => {
  /** Every 5 s for half an hour, as the soak does it. */
  const verdict = (unit: string, valueAt: (at: number) => number): boolean => {
    const points = Array.from({ length: seconds / 5 }, (_, i) => [i * 5, valueAt(i * 5)] as const);
    return flatness({ name: '', unit, points }).isFlat;
  };

  it('takes noise and a rise at the start for flat', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = chance(seed);
      const isFlat = verdict('MiB', (at) => 300 - 100 * Math.exp(-at / 60) + 30 * random());
      expect(isFlat, `seed ${seed}`).to.equal(true);
    }
  });

  it('finds a leak of 1 MiB a minute in noise of 20 MiB, and of a descriptor a minute in noise of 10', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = chance(seed);
      expect(
        verdict('MiB', (at) => 300 + at / 60 + 20 * random()),
        `seed ${seed}`,
      ).to.equal(false);
      expect(
        verdict('open', (at) => 80 + at / 60 + 10 * random()),
        `seed ${seed}`,
      ).to.equal(false);
    }
  });

  it("takes no more than the slack of a series for nobody's", () => {
    const grown = (mib: number): boolean => {
      const points = Array.from({ length: 360 }, (_, i) => [i * 5, 300 + (mib * i) / 240] as const);
      return flatness({ name: '', unit: 'MiB', slack: 24, points }).isFlat;
    };
    expect(grown(23)).to.equal(true);
    expect(grown(25)).to.equal(false);
  });

  it('gives slopes an hour', () => {
    const points = Array.from({ length: 360 }, (_, i) => [i * 5, i * 5] as const);
    expect(flatness({ name: '', unit: 'MiB', points }).slope).to.be.closeTo(3600, 36);
  });
});
