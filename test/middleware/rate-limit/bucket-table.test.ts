import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { BucketTable, makeBuckets } from '../../../src/middleware/rate-limit/bucket-table.ts';
import { KeyHash } from '../../../src/middleware/rate-limit/key-hash.ts';
import type { Taking } from './taker.ts';

const second = 1e9;

function hashOf(table: BucketTable, text: string): KeyHash {
  const hash = new KeyHash(...table.secret);
  hash.update(text);
  return hash;
}

/** Threads that start at the same moment; what they were granted together, and when the last of them looked. */
async function race(
  threads: number,
  taking: Omit<Taking, 'gate'>,
  ready: () => void = () => undefined,
): Promise<{ readonly granted: number; readonly ended: number }> {
  const gate = new SharedArrayBuffer(8);
  const cells = new Int32Array(gate);
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL('taker.ts', import.meta.url), { workerData: { ...taking, gate } }),
  );
  const results = workers.map(async (worker) => {
    const [message] = (await once(worker, 'message')) as [{ granted: number; ended: number }];
    return message;
  });
  while (Atomics.load(cells, 0) < threads)
    await Atomics.waitAsync(cells, 0, Atomics.load(cells, 0), 1000).value;
  ready();
  Atomics.store(cells, 1, 1);
  Atomics.notify(cells, 1);
  const all = await Promise.all(results);
  return {
    granted: all.reduce((sum, { granted }) => sum + granted, 0),
    ended: Math.max(...all.map(({ ended }) => ended)),
  };
}

describe('BucketTable', () => {
  it('gives a full bucket at once, then one token for each interval', () => {
    const table = new BucketTable(makeBuckets(1000));
    const key = hashOf(table, 'a');
    const take = (at: number): number => table.take(key, second, 3 * second, at);
    expect([take(100), take(100), take(100)]).to.deep.equal([second, 2 * second, 3 * second]);
    expect(take(100)).to.equal(-second);
    expect(take(100 + 0.75 * second)).to.equal(-0.25 * second);
    expect(take(100 + second)).to.equal(3 * second);
    expect(take(100 + second)).to.equal(-second);
    expect(take(100 + 90 * second)).to.equal(second);
  });

  it('takes nothing when it refuses, and takes back what it gave', () => {
    const table = new BucketTable(makeBuckets(1000));
    const key = hashOf(table, 'a');
    const take = (): number => table.take(key, second, second, 100);
    expect(take()).to.equal(second);
    expect([take(), take()]).to.deep.equal([-second, -second]);
    table.giveBack(key, second);
    expect(take()).to.equal(second);
  });

  it('keeps the buckets of keys apart', () => {
    const table = new BucketTable(makeBuckets(10_000));
    for (let i = 0; i < 10_000; i++)
      expect(table.take(hashOf(table, `key ${i}`), second, second, 1), `key ${i}`).to.equal(second);
    let refused = 0;
    for (let i = 0; i < 10_000; i++)
      if (table.take(hashOf(table, `key ${i}`), second, second, 1) < 0) refused++;
    expect(refused + table.forgotten).to.be.at.least(10_000);
    expect(table.forgotten).to.be.below(100);
  });

  it('gives the place of a full bucket to a new key, and forgets nothing by it', () => {
    const table = new BucketTable(makeBuckets(8));
    const busy = hashOf(table, 'busy');
    table.take(busy, 1e5 * second, 1e5 * second, 0);
    for (let i = 1; i <= 1000; i++) table.take(hashOf(table, `${i}`), second, second, i * 2 * second);
    expect(table.forgotten).to.equal(0);
    expect(table.take(busy, 1e5 * second, 1e5 * second, 10)).to.be.below(0);
  });

  it('forgets the bucket that would be full first where none is full', () => {
    const table = new BucketTable(makeBuckets(8));
    for (let i = 1; i <= 16; i++) table.take(hashOf(table, `${i}`), i * second, 100 * second, 0);
    table.take(hashOf(table, 'new'), second, second, 0);
    expect(table.forgotten).to.equal(1);
    const left = Array.from({ length: 16 }, (_, i) => i + 1).map((i) =>
      table.take(hashOf(table, `${i}`), second, 2 * second, 0),
    );
    expect(left.filter((out) => out === second)).to.have.length.at.least(1);
    expect(left[0]).to.equal(second);
  });

  for (const keys of [1, 50]) {
    it(`grants exactly what there is to threads that race for ${keys} keys`, async () => {
      const buffer = makeBuckets(1000);
      const { granted } = await race(3, {
        buffer,
        keys,
        times: 30_000,
        interval: 3600 * second,
        capacity: 100 * 3600 * second,
      });
      expect(granted).to.equal(100 * keys);
    });
  }

  it('grants what comes back while threads race, to a percent', async () => {
    const interval = 20_000;
    // More than comes back while the scheduler lets none of them run.
    const capacity = 3_000_000 * interval;
    const buffer = makeBuckets(1000);
    const table = new BucketTable(buffer);
    let began = 0;
    const { granted, ended } = await race(3, { buffer, keys: 1, times: 400_000, interval, capacity }, () => {
      began = table.now();
      table.take(hashOf(table, 'key 0'), capacity, capacity, began);
    });
    const wanted = (ended - began) / interval;
    expect(granted).to.be.within(Math.floor(0.99 * wanted), Math.ceil(wanted));
  });

  it('has room for a million keys in 32 MiB', () => {
    const table = new BucketTable(makeBuckets(1_000_000));
    expect(table.buffer.byteLength).to.be.below(33 << 20);
    const hash = new KeyHash(...table.secret);
    for (let i = 0; i < 1_000_000; i++) {
      hash.update(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
      table.take(hash, second, second, 1);
    }
    expect(table.forgotten).to.be.below(10_000);
  });
});
