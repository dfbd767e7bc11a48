import { expect } from 'chai';
import { makeData, maxDataBytes, SharedData } from '../../../src/wasm/shared/data.ts';
import { controlThread } from '../../../src/wasm/shared/lock.ts';
import { holderOf } from '../../../src/wasm/shared/worker-place.ts';
import { randomOf, seedFor } from '../world.ts';
import { endThreads, inThread } from './threads.ts';

const key = Buffer.from('k');
const text = (data: SharedData, name: string): string | undefined =>
  data.get(Buffer.from(name))?.bytes.toString();

describe('SharedData', () => {
  let buffer: SharedArrayBuffer;
  let data: SharedData;

  beforeEach(() => {
    buffer = makeData();
    data = new SharedData(buffer, controlThread);
  });
  afterEach(endThreads);

  it('gives back what was stored, in another view of the same memory too', () => {
    expect(data.get(key)).to.equal(undefined);
    expect(data.set(key, Buffer.from('v'), 0)).to.equal('stored');
    expect(new SharedData(buffer, 1).get(key)?.bytes.toString()).to.equal('v');
    expect(data.set(key, Buffer.alloc(0), 0), 'an empty value is a value').to.equal('stored');
    expect(data.get(key)?.bytes.length).to.equal(0);
    expect(data.set(Buffer.alloc(0), Buffer.from('of the empty key'), 0)).to.equal('stored');
    expect(text(data, '')).to.equal('of the empty key');
  });

  it('counts CAS numbers over all keys from 1 on', () => {
    data.set(key, Buffer.from('a'), 0);
    data.set(Buffer.from('other'), Buffer.from('b'), 0);
    expect([data.get(key)?.cas, data.get(Buffer.from('other'))?.cas]).to.deep.equal([1, 2]);
  });

  it('refuses a CAS number that is not the present one, takes 0 always and any for a new key', () => {
    expect(data.set(key, Buffer.from('a'), 77)).to.equal('stored');
    expect(data.set(key, Buffer.from('b'), 77)).to.equal('mismatch');
    expect(text(data, 'k')).to.equal('a');
    expect(data.set(key, Buffer.from('c'), 1)).to.equal('stored');
    expect(data.set(key, Buffer.from('d'), 1)).to.equal('mismatch');
    expect(data.set(key, Buffer.from('e'), 0)).to.equal('stored');
    expect(text(data, 'k')).to.equal('e');
  });

  it('keeps what a Map keeps, over random writes of all sizes', () => {
    const random = randomOf(seedFor('shared data'));
    const model = new Map<string, Buffer>();
    for (let i = 0; i < 20_000; i++) {
      const name = `key ${Math.floor(random() ** 2 * 800)}`;
      const bytes = Buffer.alloc(Math.floor(random() ** 4 * 3000), i);
      expect(data.set(Buffer.from(name), bytes, 0)).to.equal('stored');
      model.set(name, bytes);
    }
    for (const [name, bytes] of model)
      expect(data.get(Buffer.from(name))?.bytes.equals(bytes), name).to.equal(true);
  });

  it('is small at first, grows, and changes nothing when it is full', () => {
    expect(buffer.byteLength).to.be.at.most(64 * 1024);
    let stored = 0;
    while (data.set(Buffer.from(`key ${stored}`), Buffer.alloc(100_000, stored), 0) === 'stored') stored++;
    expect(stored).to.be.within((maxDataBytes / 100_000) * 0.75, maxDataBytes / 100_000);
    expect(data.get(Buffer.from(`key ${stored}`))).to.equal(undefined);
    for (let i = 0; i < stored; i++)
      expect(
        data.get(Buffer.from(`key ${i}`))?.bytes.every((byte) => byte === i % 256),
        `${i}`,
      ).to.equal(true);
    expect(data.set(Buffer.from('key 0'), Buffer.alloc(maxDataBytes), 0), 'too large at any time').to.equal(
      'full',
    );
    expect(data.set(Buffer.from('key 0'), Buffer.from('small'), 0)).to.equal('stored');
    expect(data.set(Buffer.from('key 1'), Buffer.alloc(90_000), 0), 'in the place of the first').to.equal(
      'stored',
    );
  });

  it('is exact for two threads that count by compare and swap', async () => {
    const job = { type: 'increment', data: buffer, key: 'n', times: 50_000 } as const;
    await Promise.all([inThread({ ...job, worker: 0 }), inThread({ ...job, worker: 1 })]);
    expect(text(data, 'n')).to.equal('100000');
  });

  it('survives a thread that dies with the lock: others go on when it was given up', async () => {
    data.set(key, Buffer.from('before'), 0);
    const dead = await inThread({ type: 'hold', data: buffer, worker: 1 });
    const other = inThread({ type: 'increment', data: buffer, worker: 0, key: 'n', times: 1000 });
    await dead.end();
    data.abandon(holderOf(1));
    await other;
    expect([text(data, 'n'), text(data, 'k')]).to.deep.equal(['1000', 'before']);
    data.abandon(holderOf(1));
    expect(data.set(key, Buffer.from('after'), 0), 'nothing to give up is fine').to.equal('stored');
  });

  it('answers with an error when the holder of the lock does not come back', async () => {
    await inThread({ type: 'hold', data: buffer, worker: 1 });
    expect(() => data.get(key)).to.throw('shared memory is still locked by thread 2');
  });

  it('goes on when the end of the stack has cut a call anywhere', () => {
    const other = new SharedData(buffer, holderOf(0));
    let depth = 0;
    const recurse = (step: number): void => {
      depth++;
      data.set(Buffer.from(`cut ${depth % 50}`), Buffer.alloc(depth % 300, depth % 300), 0);
      // Frames of other sizes each time, so that the end comes at other places.
      if (step > 0) recurse(step - 1);
      else recurse(depth % 7);
    };
    for (let round = 0; round < 30; round++) {
      expect(() => recurse(round % 5)).to.throw(RangeError);
      data.abandon(controlThread);
      expect(other.set(key, Buffer.from(`${round}`), 0)).to.equal('stored');
      expect(text(data, 'k')).to.equal(`${round}`);
    }
    for (let i = 0; i < 50; i++) {
      const bytes = other.get(Buffer.from(`cut ${i}`))?.bytes;
      expect(
        bytes?.every((byte) => byte === bytes.length % 256),
        'no torn value',
      ).to.equal(true);
    }
  });

  it('loses nothing when threads are killed anywhere while others count', async () => {
    const counting = Promise.all(
      [0, 1].map((worker) => inThread({ type: 'increment', data: buffer, worker, key: 'n', times: 20_000 })),
    );
    for (let victims = 0; victims < 10; victims++) {
      const victim = await inThread({ type: 'churn', data: buffer, worker: 2, keys: 40 });
      await victim.end();
      data.abandon(holderOf(2));
    }
    await counting;
    expect(text(data, 'n')).to.equal('40000');
    for (let i = 0; i < 40; i++) {
      const bytes = data.get(Buffer.from(`churn ${i}`))?.bytes;
      expect(
        bytes?.every((byte) => byte === bytes[0]),
        'no torn value',
      ).to.equal(true);
    }
  });
});
