import { mock } from 'node:test';
import { expect } from 'chai';
import { Pools, type Reached } from '../../src/upstream/pools.ts';
import { TimerCensus } from '../support/timers.ts';

const place = { authority: '127.0.0.1:9', address: '127.0.0.1', port: 9 };
const upstream: Reached = { id: 'u', loadBalancer: 'RoundRobin', connectTimeoutMs: 1 };
/** Its pools are forgotten by the first sweep that finds them empty. */
const announced: Reached = { ...upstream, proxyProtocol: 'V1' };
const everyMs = 1000;

describe('The sweeper of the pools', () => {
  let timers: TimerCensus;
  let pools: Pools;
  beforeEach(() => {
    timers = new TimerCensus();
    pools = new Pools();
  });
  afterEach(() => {
    pools.close();
    timers.close();
    mock.restoreAll();
  });

  it('runs only while something is held', () => {
    for (let i = 0; i < 2; i++) {
      expect(timers.running(everyMs)).to.equal(0);
      pools.get(place, announced);
      pools.get({ ...place, authority: '127.0.0.1:10', port: 10 }, announced);
      expect(timers.running(everyMs)).to.equal(1);
      timers.fire(everyMs);
    }
    expect(timers.running(everyMs)).to.equal(0);
  });

  it('runs until those of endpoints that are gone have ended', () => {
    pools.get(place, upstream);
    pools.drain('u', place.authority);
    timers.fire(everyMs);
    expect(timers.running(everyMs)).to.equal(0);
  });

  it('does not take for old what came after a rest', () => {
    const clock = mock.method(performance, 'now', () => 1_000_000_000);
    const pool = pools.get(place, upstream);
    clock.mock.mockImplementation(() => 1_000_001_000);
    timers.fire(everyMs);
    expect(pools.get(place, upstream)).to.equal(pool);
    clock.mock.mockImplementation(() => 1_000_100_000);
    timers.fire(everyMs);
    expect(timers.running(everyMs)).to.equal(0);
  });
});
