import { expect } from 'chai';
import { upstreamCell } from '../../../src/balance/shared.ts';
import { equal, picked, race, setHealthy, shares, upstream, world } from '../world.ts';

describe('round_robin', () => {
  it('takes each endpoint in turn', () => {
    const { cluster } = world('RoundRobin', equal(3));
    expect(Array.from({ length: 7 }, () => picked(cluster).slot)).to.deep.equal([0, 1, 2, 0, 1, 2, 0]);
  });

  it('gives each exactly its share over four threads', async () => {
    const { shared } = world('RoundRobin', equal(7));
    const counts = await race(4, shared, {
      task: 'pick',
      times: 7 * 5000,
      upstream: upstream('RoundRobin'),
      endpoints: equal(7),
    });
    const sums = equal(7).map((_, slot) => counts.reduce((sum, own) => sum + own[slot]!, 0));
    expect(sums).to.deep.equal(equal(7).map(() => 20_000));
  });

  it('spreads the share of an unhealthy endpoint over all others', () => {
    const { shared, cluster } = world('RoundRobin', equal(5));
    setHealthy(shared, 2, false);
    expect(shares(cluster, 400)).to.deep.equal([100, 100, 0, 100, 100]);
    setHealthy(shared, 2, true);
    expect(shares(cluster, 500)).to.deep.equal([100, 100, 100, 100, 100]);
  });

  it('loads all others alike while requests still try a dead endpoint first', () => {
    for (const concurrent of [1, 2, 3, 4, 5, 10, 13]) {
      const { set, cluster } = world('RoundRobin', equal(5));
      const dead = set.current[2]!;
      const load = [0, 0, 0, 0, 0];
      for (let requests = 0; requests < 20_000; requests += concurrent) {
        const first = Array.from({ length: concurrent }, () => picked(cluster));
        for (const tried of first) {
          const { slot } = tried === dead ? picked(cluster, new Set([dead])) : tried;
          load[slot] = load[slot]! + 1;
        }
      }
      expect(load[2]).to.equal(0);
      // Handing its share to a neighbour would give one of them 8000.
      for (const slot of [0, 1, 3, 4])
        expect(load[slot], `slot ${slot} at ${concurrent}`).to.be.closeTo(5000, 60);
    }
  });

  it('goes on when the turn counter passes 2^31 and 2^32', () => {
    for (const near of [0x7fffffff - 5, -6]) {
      const { shared, cluster } = world('RoundRobin', equal(4));
      Atomics.store(shared.cells, shared.upstream(0, upstreamCell.turn), near);
      expect(shares(cluster, 12)).to.deep.equal([3, 3, 3, 3]);
    }
  });
});
