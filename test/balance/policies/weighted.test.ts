import { expect } from 'chai';
import { maxSequence } from '../../../src/balance/policies/weighted.ts';
import { endpoints, picked, race, setHealthy, shares, upstream, world } from '../world.ts';

describe('weighted', () => {
  for (const [weights, want] of [
    [[5, 1, 1], '00102000010200'],
    [[1, 1, 1], '012012'],
    [[10, 20], '101101'],
    [[0, 1], '1111'],
    [[300, 300], '0101'],
  ] as const) {
    it(`with ${weights.join(', ')} goes ${want}`, () => {
      const { cluster } = world('Weighted', endpoints(...weights));
      const got = Array.from({ length: want.length }, () => picked(cluster).slot).join('');
      expect(got).to.equal(want);
    });
  }

  it('gives each exactly its share over four threads', async () => {
    const weights = [5, 3, 2, 0];
    const placed = endpoints(...weights);
    const counts = await race(4, world('Weighted', placed).shared, {
      task: 'pick',
      times: 10_000,
      upstream: upstream('Weighted'),
      endpoints: placed,
    });
    const sums = placed.map((_, slot) => counts.reduce((sum, own) => sum + own[slot]!, 0));
    expect(sums).to.deep.equal([20_000, 12_000, 8_000, 0]);
  });

  it('keeps the proportions of the others when one is unhealthy', () => {
    const { shared, cluster } = world('Weighted', endpoints(4, 2, 1));
    setHealthy(shared, 0, false);
    expect(shares(cluster, 300)).to.deep.equal([0, 200, 100]);
  });

  it('keeps the proportions of the others among retries', () => {
    const { set, cluster } = world('Weighted', endpoints(4, 2, 1));
    const counts = shares(cluster, 7000, new Set([set.current[0]!]));
    expect(counts[0]).to.equal(0);
    expect(counts[1]! / counts[2]!).to.be.closeTo(2, 0.1);
  });

  it('keeps to weights too large for a sequence, at any time, within a few requests', () => {
    const weights = [65535, 40_000, 1000, 7];
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    expect(total).to.be.greaterThan(maxSequence);
    const { cluster } = world('Weighted', endpoints(...weights));
    const sums = weights.map(() => 0);
    for (let picks = 10_000; picks <= 200_000; picks += 10_000) {
      shares(cluster, 10_000).forEach((count, slot) => (sums[slot] = sums[slot]! + count));
      // Discrepancy of golden-ratio places is O(log n); random ones would be some 200 off here.
      sums.forEach((sum, slot) => expect(sum).to.be.closeTo((picks * weights[slot]!) / total, 12));
    }
  });
});
