import { expect } from 'chai';
import { controlThread } from '../../../src/wasm/shared/lock.ts';
import {
  makeQueues,
  maxNameBytes,
  maxQueues,
  queueBytes,
  registrantOf,
  SharedQueues,
} from '../../../src/wasm/shared/queues.ts';
import { holderOf } from '../../../src/wasm/shared/worker-place.ts';
import { randomOf, seedFor } from '../world.ts';
import { endThreads, inThread } from './threads.ts';

const name = Buffer.from('q');
const me = registrantOf(0, 1);

describe('SharedQueues', () => {
  let buffer: SharedArrayBuffer;
  let queues: SharedQueues;

  beforeEach(() => {
    buffer = makeQueues();
    queues = new SharedQueues(buffer, controlThread);
  });
  afterEach(endThreads);

  const add = (id: number, text: string | Buffer): unknown => queues.enqueue(id, Buffer.from(text));
  const take = (id: number): string => {
    const message = queues.dequeue(id);
    return typeof message === 'string' ? `(${message})` : message.toString();
  };

  it('numbers queues from 1 on, opens one that is there, and finds it by name', () => {
    expect(queues.resolve(name)).to.equal(0);
    expect([
      queues.register(name, me),
      queues.register(Buffer.from('r'), me),
      queues.register(name, me),
    ]).to.deep.equal([1, 2, 1]);
    expect(new SharedQueues(buffer, 1).resolve(Buffer.from('r'))).to.equal(2);
  });

  it('gives messages in order, empty ones too', () => {
    const id = queues.register(name, me);
    for (const text of ['one', '', 'three']) add(id, text);
    expect([take(id), take(id), take(id), take(id)]).to.deep.equal(['one', '', 'three', '(empty)']);
  });

  it('does not know ids that nobody registered', () => {
    queues.register(name, me);
    for (const id of [0, 2, 0xffffffff]) {
      expect(add(id, 'x'), `${id}`).to.equal('missing');
      expect(take(id), `${id}`).to.equal('(missing)');
    }
  });

  it('bounds what a queue holds, and loses nothing of it', () => {
    const id = queues.register(name, me);
    expect(add(id, Buffer.alloc(queueBytes))).to.equal('full');
    const large = Buffer.alloc(100_000, 'x');
    let held = 0;
    while (add(id, large) !== 'full') held++;
    expect(held).to.equal(Math.floor((queueBytes - 4) / 100_004));
    for (; held > 0; held--) expect(queues.dequeue(id)).to.deep.equal(large);
    expect(take(id)).to.equal('(empty)');
    expect(add(id, large), 'there is room again').not.to.equal('full');
  });

  it('bounds how many there are, and their names', () => {
    expect(queues.register(Buffer.alloc(maxNameBytes + 1), me)).to.equal(0);
    for (let i = 1; i <= maxQueues; i++) expect(queues.register(Buffer.from(`q${i}`), me)).to.equal(i);
    expect(queues.register(name, me)).to.equal(0);
    expect(queues.register(Buffer.from('q7'), me), 'one that is there').to.equal(7);
  });

  it('keeps what an array keeps, over random messages of all sizes', () => {
    const random = randomOf(seedFor('shared queues'));
    const id = queues.register(name, me);
    const model: Buffer[] = [];
    for (let i = 0; i < 5000; i++) {
      if (random() < 0.55) {
        const message = Buffer.alloc(Math.floor(random() ** 3 * 20_000), i);
        if (add(id, message) !== 'full') model.push(message);
      } else {
        const wanted = model.shift();
        const got = queues.dequeue(id);
        expect(wanted ? (got as Buffer).equals(wanted) : got === 'empty', `step ${i}`).to.equal(true);
      }
    }
  });

  it('tells the last registrant, and nobody else, of each message once', () => {
    const other = registrantOf(3, 1);
    const id = queues.register(name, me);
    queues.register(name, other);
    expect([add(id, 'a'), add(id, 'b')]).to.deep.equal([{ ring: 3 }, { ring: 3 }]);
    expect(queues.takeReady(id, me)).to.equal(false);
    expect([1, 2, 3].map(() => queues.takeReady(id, other))).to.deep.equal([true, true, false]);
  });

  it('lets another take over when the registrant leaves or its worker ends', () => {
    const other = registrantOf(3, 1);
    const id = queues.register(name, me);
    add(id, 'a');
    expect(queues.leave(id, other), 'is not the one').to.equal(false);
    expect(queues.leave(id, me)).to.equal(true);
    expect(add(id, 'b')).to.deep.equal({ ring: undefined });
    expect(queues.takeReady(id, other)).to.equal(true);
    queues.lost(3, holderOf(3));
    expect(queues.takeReady(id, me)).to.equal(true);
    expect([queues.takeReady(id, me), take(id), take(id)]).to.deep.equal([false, 'a', 'b']);
  });

  it('carries messages from thread to thread, each once and in order', async () => {
    const [from, to] = [queues.register(name, me), queues.register(Buffer.from('back'), me)];
    const echo = inThread({ type: 'echo', queues: buffer, worker: 1, from, to, messages: 20_000 });
    let got = 0;
    for (let sent = 0; got < 20_000;) {
      if (sent < 20_000 && add(from, `message ${sent}`) !== 'full') sent++;
      for (let text = take(to); text !== '(empty)'; text = take(to)) {
        if (text !== `message ${got}`) throw new Error(`${text} instead of message ${got}`);
        got++;
      }
    }
    expect((await echo).answer).to.equal(20_000);
  });

  it('goes on when threads are killed anywhere, with whole messages', async () => {
    const id = queues.register(name, me);
    for (let victims = 0; victims < 10; victims++) {
      const victim = await inThread({ type: 'fill', queues: buffer, worker: 2, id });
      await victim.end();
      queues.lost(2, holderOf(2));
      for (let message = queues.dequeue(id); message !== 'empty'; message = queues.dequeue(id)) {
        const bytes = message as Buffer;
        expect(bytes.length > 0 && bytes.every((byte) => byte === bytes.length % 256)).to.equal(true);
      }
    }
  });
});
