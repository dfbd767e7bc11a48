import { expect } from 'chai';
import { Pools } from '../../src/upstream/pools.ts';
import { Warmer } from '../../src/upstream/warmer.ts';
import { equal, world } from '../balance/world.ts';
import { TimerCensus } from '../support/timers.ts';

describe('Warmer', () => {
  it('looks again and again only while an upstream wants it', () => {
    const timers = new TimerCensus();
    const pools = new Pools();
    const warmer = new Warmer(pools);
    const { cluster } = world('RoundRobin', equal(0));
    try {
      warmer.tend([]);
      expect(timers.running(1000)).to.equal(0);
      warmer.tend([cluster]);
      warmer.tend([cluster]);
      expect(timers.running(1000)).to.equal(1);
      warmer.tend([]);
      expect(timers.running(1000)).to.equal(0);
      warmer.tend([cluster]);
      expect(timers.running(1000)).to.equal(1);
    } finally {
      warmer.close();
      pools.close();
      timers.close();
    }
    expect(timers.running(1000)).to.equal(0);
  });
});
