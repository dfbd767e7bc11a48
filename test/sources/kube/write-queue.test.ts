import { expect } from 'chai';
import { ApiError } from '../../../src/sources/kube/api-error.ts';
import { type Limit, RateLimit, SharedLimit } from '../../../src/sources/kube/rate-limit.ts';
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

describe('a limit that writers share', () => {
  /** Who writes when, where both have more to write than they may, each with one timer as queues have. */
  const simulate = (writers: Readonly<Record<string, Limit>>, untilMs: number, costMs: number) => {
    const written: { readonly who: string; readonly at: number }[] = [];
    const wakes = new Map(Object.keys(writers).map((who) => [who, 0]));
    for (;;) {
      const [who, at] = [...wakes].reduce((first, one) => (one[1] < first[1] ? one : first));
      if (at > untilMs) return written;
      const waitMs = writers[who]?.take(at) ?? 0;
      if (waitMs === 0) written.push({ who, at });
      wakes.set(who, at + (waitMs || costMs));
    }
  };
  const most = (times: readonly number[]): number =>
    Math.max(...times.map((from, i) => times.slice(i).filter((at) => at < from + 1000).length));
  const timesOf = (written: ReturnType<typeof simulate>, who?: string): readonly number[] =>
    written.filter((one) => who === undefined || one.who === who).map(({ at }) => at);

  for (const [title, order] of [
    ['asks first', ['statuses', 'events']],
    ['asks last', ['events', 'statuses']],
  ] as const) {
    it(`lets ten in any second through, of which five are of who may have five, whoever ${title}`, () => {
      const limit = new SharedLimit(10, 1000);
      const shares = { statuses: limit.share(), events: limit.share(new RateLimit(5, 1000)) };
      const writers = Object.fromEntries(order.map((who) => [who, shares[who]]));
      const written = simulate(writers, 60_000, 3);
      expect(most(timesOf(written))).to.equal(10);
      expect(most(timesOf(written, 'events'))).to.equal(5);
      // A minute and the places that there are at once.
      expect(timesOf(written)).to.have.length.within(590, 610);
      expect(timesOf(written, 'events')).to.have.length.within(290, 305);
    });
  }

  it('gives one alone all, and takes nothing of a limit of its own while there is no place', () => {
    const limit = new SharedLimit(3, 1000);
    const [statuses, events] = [limit.share(), limit.share(new RateLimit(1, 1000))];
    expect([0, 0, 0].map((at) => statuses.take(at))).to.deep.equal([0, 0, 0]);
    expect(events.take(10)).to.equal(990);
    expect(events.take(1000)).to.equal(0);
    expect(events.take(1300)).to.equal(700);
    expect([1300, 1300].map((at) => statuses.take(at))).to.deep.equal([0, 0]);
  });

  it('keeps a place for who waits', () => {
    const limit = new SharedLimit(2, 1000);
    const [statuses, events] = [limit.share(), limit.share()];
    expect([0, 100].map((at) => statuses.take(at))).to.deep.equal([0, 0]);
    expect(events.take(200)).to.equal(800);
    expect(statuses.take(1000)).to.equal(100);
    expect(events.take(1050)).to.equal(0);
    expect(statuses.take(1100)).to.equal(0);
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

  function start(write: (key: string) => Promise<void>, pace?: Limit): WriteQueue {
    const queue = new WriteQueue({
      limit: new RateLimit(1000, 1000),
      ...(pace && { pace }),
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
    await eventually('both', () => written.length === 2);
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

  for (const [what, problem, wanted] of [
    ['cannot be taken', new Error('no answer'), 1],
    ['is put off', new ApiError(429, {}), 1],
    ['is refused', new ApiError(422, {}), 5],
  ] as const)
    it(`writes ${wanted} at once while one ${what}`, async () => {
      let underWay = 0;
      let most = 0;
      let fails = true;
      let failures = 0;
      const passed: string[] = [];
      const queue = start(async (key) => {
        if (key === 'bad' && fails) {
          failures++;
          throw problem;
        }
        most = Math.max(most, ++underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay--;
        passed.push(key);
      });
      queue.add('bad');
      await eventually('a failure', () => failures === 1);
      for (let i = 0; i < 5; i++) queue.add(`key ${i}`);
      await eventually('the others', () => passed.length === 5);
      expect(most).to.equal(wanted);
      fails = false;
      await eventually('it passes', () => passed.length === 6);
      for (let i = 0; i < 5; i++) queue.add(`key ${i}`);
      await eventually('all at once', () => passed.length === 11);
      expect(most).to.equal(5);
    });

  it('lets all wait as long as the most patient answer says', async () => {
    const began = performance.now();
    const passedAt: number[] = [];
    const asked = new Set<string>();
    const queue = start((key) => {
      if (asked.has(key)) return Promise.resolve(void passedAt.push(performance.now()));
      asked.add(key);
      return Promise.reject(new ApiError(503, {}, key === 'long' ? 300 : 10));
    });
    queue.add('long');
    queue.add('short');
    await eventually('both', () => passedAt.length === 2);
    expect((passedAt[0] ?? 0) - began).to.be.greaterThan(290);
  });

  it('tries a key that failed again where others never end', async () => {
    let tries = 0;
    let others = 0;
    const queue = start((key) => {
      if (key !== 'bad') queue.add(`good ${others++}`);
      return key === 'bad' && ++tries < 3 ? Promise.reject(new Error('no')) : Promise.resolve();
    });
    queue.add('bad');
    queue.add('good');
    await eventually('three tries', () => tries === 3);
  });

  it('has ten writes under way at most, none twice, and ends when the last is over', async () => {
    const gates = new Map<string, () => void>();
    let most = 0;
    const queue = start((key) => {
      expect(gates.has(key)).to.equal(false);
      return new Promise<void>((resolve) => {
        gates.set(key, () => {
          gates.delete(key);
          resolve();
        });
        most = Math.max(most, gates.size);
      });
    });
    for (let i = 0; i < 15; i++) queue.add(`key ${i}`);
    await eventually('ten', () => gates.size === 10);
    queue.add('key 0');
    for (let i = 1; i < 10; i++) gates.get(`key ${i}`)?.();
    await eventually('the others', () => gates.has('key 14'));
    gates.get('key 0')?.();
    await eventually('key 0 again', () => gates.has('key 0'));
    expect(most).to.equal(10);
    let isOver = false;
    void running.then(() => (isOver = true));
    stop.abort();
    for (const open of [...gates.values()].slice(1)) open();
    await eventually('one left', () => gates.size === 1);
    expect(isOver).to.equal(false);
    for (const open of gates.values()) open();
    await running;
  });

  it('writes in rounds: what comes before the next may begin waits for it, and goes with it', async () => {
    const rounds: string[][] = [];
    const waits = [0, 40];
    const pace = {
      take: () => {
        const waitMs = waits.shift() ?? 0;
        if (waitMs === 0) rounds.push([]);
        return waitMs;
      },
    };
    const queue = start(async (key) => {
      rounds.at(-1)?.push(key);
      if (key === 'a') queue.add('during');
      await Promise.resolve();
    }, pace);
    for (const key of ['a', 'b']) queue.add(key);
    await eventually('the first round', () => rounds[0]?.length === 3);
    queue.add('c');
    await eventually('the pace is asked', () => waits.length === 0);
    queue.add('d');
    expect(rounds).to.have.length(1);
    await eventually('the second round', () => rounds[1]?.length === 2);
    expect(rounds).to.deep.equal([
      ['a', 'b', 'during'],
      ['c', 'd'],
    ]);
  });
});
