import { expect } from 'chai';
import type { LoadedPlugin } from '../../src/runtime/messages.ts';
import { PluginVm } from '../../src/wasm/plugin-vm.ts';
import { PluginMemories } from '../../src/wasm/shared/plugin-memories.ts';
import { PluginShare } from '../../src/wasm/shared/plugin-share.ts';
import { makeRoster, Roster } from '../../src/wasm/shared/roster.ts';
import { WorkerPlace } from '../../src/wasm/shared/worker-place.ts';
import { loadedPlugin, until, world, type World } from './world.ts';

/** Several VMs in one thread stand for several workers: what they share is the memory alone. */
describe('ticks and queues of a plugin', () => {
  let memories: PluginMemories;
  let roster: Roster;
  const vms: PluginVm[] = [];

  beforeEach(() => {
    memories = new PluginMemories();
    roster = new Roster(makeRoster(2));
    roster.enter(0);
    roster.enter(1);
  });
  afterEach(() => {
    for (const vm of vms.splice(0)) vm.close();
  });

  async function plugin(part: Partial<LoadedPlugin> = {}): Promise<LoadedPlugin> {
    const loaded = await loadedPlugin('shared-state', part);
    return [...memories.attach(new Map([[loaded.id, loaded]])).values()][0] as LoadedPlugin;
  }

  interface Running {
    readonly vm: PluginVm;
    readonly world: World;
    said(what: string): number;
  }
  function start(worker: number, of: LoadedPlugin, ...configs: string[]): Running {
    const remembered = world();
    const vm = PluginVm.create(of, { ...remembered, place: new WorkerPlace(worker, roster) });
    vms.push(vm);
    for (const config of configs) vm.root(config);
    const said = (what: string): number =>
      remembered.records.filter(({ text }) => text?.startsWith(what)).length;
    return { vm, world: remembered, said };
  }
  const counted = (name: string): number => {
    const metric = memories.readMetrics()[0]?.[1].find((one) => one.name === name);
    return metric?.type === 'counter' ? metric.value : 0;
  };

  it('ticks in each worker and for each configuration', async () => {
    const of = await plugin();
    const [a, b] = [start(0, of, 'tick:1', 'tick:2'), start(1, of, 'tick:1')];
    await until(
      'all roots ticked',
      () => a.said('tick 1') > 1 && a.said('tick 2') > 1 && b.said('tick 1') > 1,
    );
  });

  it('ticks in one worker of the process only, and in the next when that one has ended', async () => {
    const of = await plugin({ ticks: 'Process' });
    const [a, b] = [start(0, of, 'tick:1'), start(1, of, 'tick:1')];
    await until('the first ticked', () => a.said('tick') > 20);
    expect(b.said('tick')).to.equal(0);
    a.vm.close();
    roster.strike(0);
    await until('the second took over', () => b.said('tick') > 2);
  });

  it('stops when the plugin says so', async () => {
    const of = await plugin();
    const [a, b] = [start(0, of, 'tick:1 once'), start(1, of, 'tick:1')];
    await until('the other ticked', () => b.said('tick') > 20);
    expect(a.said('tick')).to.equal(1);
  });

  for (const [ticks, wanted] of [
    ['Worker', 3],
    ['Process', 1],
  ] as const) {
    it(`ticks in ${wanted} of three instances with ticks: ${ticks}`, async () => {
      const of = await plugin({ ticks, instances: 3 });
      const [a, b] = [start(0, of, 'tick:1 once'), start(0, of, 'tick:1')];
      await until('another ticked', () => b.said('tick') > 30);
      expect(a.said('tick')).to.equal(wanted);
    });
  }

  it('brings neither ticks nor messages to an instance for each request, and the messages to another that lasts', async () => {
    const each = start(0, await plugin({ isolation: 'Request' }), 'tick:1 queue:q');
    const lasting = start(1, await plugin(), 'tick:1 queue:q');
    send(lasting.vm.plugin, 'one');
    await until(
      'the other was told and ticked',
      () => lasting.said('message') > 0 && lasting.said('tick') > 20,
    );
    expect(each.said('tick') + each.said('message')).to.equal(0);
  });

  it('does not tick any more when the root or the plugin is closed', async () => {
    const of = await plugin();
    const a = start(0, of, 'tick:1');
    const root = a.vm.root('tick:2');
    await until('both ticked', () => a.said('tick 1') > 2 && a.said('tick 2') > 2);
    root.release();
    let closed = a.said('tick 2');
    await until('the first ticked on', () => a.said('tick 1') > 20);
    expect(a.said('tick 2')).to.equal(closed);
    a.vm.close();
    closed = a.said('tick');
    const b = start(1, of, 'tick:1');
    await until('another ticked', () => b.said('tick') > 10);
    expect(a.said('tick')).to.equal(closed);
  });

  it('replaces an instance that fails in a tick; the new one ticks as it was configured', async () => {
    const a = start(0, await plugin(), 'tick:1 trap');
    await until('the second instance failed too', () => a.vm.stats.failures === 2);
    expect(a.said('tick'), 'each instance once').to.equal(2);
    expect(counted('guest.ticks'), 'metrics outlive instances').to.equal(2);
  });

  /** Adds a message as a plugin in a worker of its own would. */
  function send(of: LoadedPlugin, message: string): void {
    const { queues, place } = new PluginShare(of, new WorkerPlace(1, roster));
    const result = queues?.enqueue(1, Buffer.from(message));
    if (typeof result !== 'object') throw new Error(`${result}`);
    if (result.ring !== undefined) place.ring(result.ring);
  }

  it('tells the last that registered a queue, in whatever worker, of each message once', async () => {
    const of = await plugin();
    const a = start(0, of, 'queue:q');
    send(of, 'one');
    await until('the first was told', () => a.said('message one') === 1);
    const b = start(1, of, 'queue:q');
    for (const message of ['two', 'three']) send(of, message);
    await until('the second was told', () => b.said('message') === 2);
    expect(counted('guest.ready')).to.equal(3);
    expect(a.said('message')).to.equal(1);
  });

  it('tells another that registered the queue when the last one is closed or its worker ends', async () => {
    const of = await plugin();
    const [a, b] = [start(0, of, 'queue:q'), start(1, of, 'queue:q')];
    send(of, 'one');
    await until('the last was told', () => b.said('message') === 1);
    b.vm.close();
    send(of, 'two');
    await until('the other was told', () => a.said('message two') === 1);
    memories.lost(0);
    send(of, 'three');
    roster.ringAll();
    await until('whoever listens was told', () => a.said('message three') === 1);
  });

  it('keeps messages for the next instance when one fails, and registers again', async () => {
    const of = await plugin();
    const a = start(0, of, 'queue:q tick:1 trap');
    await until('it failed twice, and waits', () => a.vm.stats.failures === 2);
    send(of, 'one');
    expect(a.said('message')).to.equal(0);
    a.vm.root('queue:q');
    await until('the next was told', () => a.said('message one') === 1);
  });
});
