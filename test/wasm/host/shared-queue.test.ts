import { expect } from 'chai';
import { status } from '../../../src/wasm/abi/status.ts';
import { maxNameBytes, queueBytes } from '../../../src/wasm/shared/queues.ts';
import { plugin, until } from '../world.ts';
import { caller, type Caller } from './caller.ts';

describe('host functions of shared queues', () => {
  let guest: Caller;

  beforeEach(() => {
    guest = caller({ plugin: { vmId: 'v' } });
  });
  afterEach(() => guest.host.events.end());

  const register = (name: string): number => guest.call('proxy_register_shared_queue', [name], 1);
  const resolve = (vm: string, name: string): number =>
    guest.call('proxy_resolve_shared_queue', [vm, name], 1);
  const enqueue = (id: number, message: string | Buffer): number =>
    guest.call('proxy_enqueue_shared_queue', [id, message]);
  const dequeue = (id: number): number => guest.call('proxy_dequeue_shared_queue', [id], 2);

  it('carry messages', () => {
    expect(register('q')).to.equal(status.ok);
    expect(guest.result()).to.equal(1);
    expect(dequeue(1)).to.equal(status.empty);
    expect(enqueue(1, 'one')).to.equal(status.ok);
    expect(enqueue(1, '')).to.equal(status.ok);
    expect([dequeue(1), guest.value().toString()]).to.deep.equal([status.ok, 'one']);
    expect([dequeue(1), guest.result(0), guest.result(1)]).to.deep.equal([status.ok, 0, 0]);
    expect(dequeue(1)).to.equal(status.empty);
  });

  it('find a queue by vmId and name; the own vmId can be left out', () => {
    register('q');
    for (const [vm, name, answer] of [
      ['v', 'q', status.ok],
      ['', 'q', status.ok],
      ['w', 'q', status.notFound],
      ['v', 'r', status.notFound],
    ] as const) {
      expect(resolve(vm, name), `${vm} ${name}`).to.equal(answer);
      if (answer === status.ok) expect(guest.result()).to.equal(1);
    }
  });

  it('know no queue that nobody registered', () => {
    expect([enqueue(1, 'x'), dequeue(1), enqueue(0, 'x'), dequeue(-1)]).to.deep.equal(
      Array(4).fill(status.notFound),
    );
  });

  it('answer NOT_FOUND when the queue is full, and warn once', () => {
    register('q');
    const message = Buffer.alloc(10_000);
    for (let i = 0; i < Math.floor(queueBytes / 10_004); i++) enqueue(1, message);
    expect([enqueue(1, message), enqueue(1, message)]).to.deep.equal([status.notFound, status.notFound]);
    expect(guest.world.records.filter(({ msg }) => msg.includes('queue is full'))).to.have.length(1);
  });

  it('refuse a name that is too long', () => {
    expect(register('q'.repeat(maxNameBytes))).to.equal(status.internalFailure);
    expect(guest.world.records.at(-1)?.msg).to.include('cannot have another shared queue');
  });

  it('tell the root that registered last, once for each message, after the call', async () => {
    const told: [number, number][] = [];
    guest.host.events.deliver = (_, root, id) => told.push([root.id, id]) > 0;
    register('q');
    enqueue(1, 'one');
    enqueue(1, 'two');
    expect(told).to.deep.equal([]);
    await until('it was told', () => told.length >= 2);
    enqueue(1, 'three');
    await until('it was told again', () => told.length >= 3);
    expect(told).to.deep.equal([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });

  it('tell of many messages in turns of the event loop, all of them', async () => {
    let told = 0;
    guest.host.events.deliver = () => ++told > 0;
    register('q');
    for (let i = 0; i < 1000; i++) enqueue(1, `${i}`);
    await until('it was told of all', () => told === 1000);
  });

  it('need the grant', () => {
    guest = caller({ plugin: { capabilities: { ...plugin.capabilities, families: [] } } });
    expect([register('q'), resolve('', 'q'), enqueue(1, 'x'), dequeue(1)]).to.deep.equal(
      Array(4).fill(status.internalFailure),
    );
  });
});
