import { expect } from 'chai';
import { RateLimit } from '../../../src/sources/kube/rate-limit.ts';
import { WriteQueue } from '../../../src/sources/kube/write-queue.ts';
import { eventually } from '../../support/wait.ts';

describe('a rate limit', () => {
  it('lets so many through in any span, and says how long to wait', () => {
    const limit = new RateLimit(3, 1000);
    expect([0, 100, 200].map((at) => limit.take(at))).to.deep.equal([0, 0, 0]);
    expect(limit.take(300)).to.equal(700);
    expect(limit.take(999)).to.equal(1);
    expect(limit.take(1000)).to.equal(0);
    expect(limit.take(1050)).to.equal(50);
  });
});

describe('a write queue', () => {
  let stop: AbortController;
  let running: Promise<void>;
  beforeEach(() => {
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await running;
  });

  function start(write: (key: string) => Promise<void>): WriteQueue {
    const queue = new WriteQueue({
      limit: new RateLimit(1000, 1000),
      backoff: { minMs: 40, maxMs: 160 },
      write,
      failed: () => undefined,
    });
    running = queue.run(stop.signal);
    return queue;
  }

  it('writes a key once however often it was added, and again when it is added during the write', async () => {
    const written: string[] = [];
    const gate = Promise.withResolvers<void>();
    const queue = start((key) => {
      written.push(key);
      return gate.promise;
    });
    for (const key of ['a', 'b', 'a', 'b']) queue.add(key);
    await eventually('first', () => written.length === 1);
    queue.add('a');
    gate.resolve();
    await eventually('all', () => written.length === 3);
    expect(written).to.deep.equal(['a', 'b', 'a']);
  });

  it('lets a key that fails wait longer each time, and the others pass', async () => {
    const tries: number[] = [];
    const passed: string[] = [];
    const queue = start((key) => {
      if (key !== 'bad') return Promise.resolve(void passed.push(key));
      tries.push(performance.now());
      return Promise.reject(new Error('no'));
    });
    queue.add('bad');
    await eventually('a failure', () => tries.length === 1);
    queue.add('good');
    await eventually('good', () => passed.length === 1);
    queue.add('bad');
    await eventually('four failures', () => tries.length === 4);
    const gaps = tries.slice(1).map((at, i) => at - (tries[i] ?? 0));
    expect(gaps[0]).to.be.greaterThan(18);
    expect(gaps[1]).to.be.greaterThan(38);
    expect(gaps[2]).to.be.greaterThan(78);
  });
});
