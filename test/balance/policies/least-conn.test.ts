import { expect } from 'chai';
import { maxScan } from '../../../src/balance/policies/least-conn.ts';
import { chiSquare, equal, picked, race, seeded, shares, upstream, world } from '../world.ts';

describe('least_conn', () => {
  it('takes the one with the fewest in flight', () => {
    const { set, cluster } = world('LeastConn', equal(3));
    set.current[0]!.begin();
    set.current[2]!.begin();
    expect(shares(cluster, 10)).to.deep.equal([0, 10, 0]);
  });

  it('takes those with equally few in turn, also beside a busy one', () => {
    const { set, cluster } = world('LeastConn', equal(4));
    expect(shares(cluster, 400)).to.deep.equal([100, 100, 100, 100]);
    set.current[1]!.begin();
    expect(shares(cluster, 300)).to.deep.equal([100, 0, 100, 100]);
  });

  it('counts over four threads', async () => {
    const { shared, set } = world('LeastConn', equal(5));
    const counts = await race(4, shared, {
      task: 'hold',
      times: 1000,
      upstream: upstream('LeastConn'),
      endpoints: equal(5),
    });
    const inFlight = set.current.map((endpoint) => endpoint.inFlight);
    expect(inFlight).to.deep.equal(
      set.current.map((_, slot) => counts.reduce((sum, own) => sum + own[slot]!, 0)),
    );
    expect(inFlight.reduce((sum, count) => sum + count, 0)).to.equal(4000);
    // Between a thread's look and its count each other thread may count the same endpoint.
    expect(Math.max(...inFlight) - Math.min(...inFlight)).to.be.at.most(4);
  });

  it('in a large set draws all alike while nothing is in flight', () => {
    const size = 100;
    expect(size).to.be.greaterThan(maxScan);
    // 99 degrees of freedom: 99.9 % below 148.2.
    expect(chiSquare(shares(world('LeastConn', equal(size), seeded(7)).cluster, 100_000))).to.be.lessThan(
      148.2,
    );
  });

  it('keeps a large set nearly level', () => {
    const { set, cluster } = world('LeastConn', equal(100), seeded(3));
    for (let i = 0; i < 10_000; i++) picked(cluster).begin();
    const counts = set.current.map(({ inFlight }) => inFlight);
    // Mean 100. Two choices stay within O(log log n); single random draws would reach about 75 and 125.
    expect(Math.min(...counts)).to.be.at.least(94);
    expect(Math.max(...counts)).to.be.at.most(104);
  });
});
