import { expect } from 'chai';
import { chiSquare, equal, seeded, setHealthy, shares, world } from '../world.ts';

describe('random', () => {
  it('draws all endpoints alike', () => {
    // 9 degrees of freedom: 99.9 % below 27.88.
    expect(chiSquare(shares(world('Random', equal(10), seeded(42)).cluster, 100_000))).to.be.lessThan(27.88);
  });

  it('draws the healthy and untried ones alike', () => {
    const { shared, set, cluster } = world('Random', equal(6), seeded(43));
    setHealthy(shared, 0, false);
    const counts = shares(cluster, 40_000, new Set([set.current[5]!]));
    expect([counts[0], counts[5]]).to.deep.equal([0, 0]);
    // 3 degrees of freedom: 99.9 % below 16.27.
    expect(chiSquare(counts.slice(1, 5))).to.be.lessThan(16.27);
  });
});
