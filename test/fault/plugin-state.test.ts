import { safePaths } from '../../src/http/path.ts';
import { makeBuckets } from '../../src/middleware/rate-limit/bucket-table.ts';
import { expect } from 'chai';
import { makeLedger, SharedState } from '../../src/balance/shared.ts';
import type { LoadedPlugin } from '../../src/runtime/messages.ts';
import { emptyModel } from '../../src/runtime/delta.ts';
import { Workers } from '../../src/runtime/workers.ts';
import { makeLogger } from '../../src/telemetry/log.ts';
import { PluginMemories } from '../../src/wasm/shared/plugin-memories.ts';
import { PluginShare } from '../../src/wasm/shared/plugin-share.ts';
import { makeRoster, Roster } from '../../src/wasm/shared/roster.ts';
import { SharedData } from '../../src/wasm/shared/data.ts';
import { holderOf, WorkerPlace } from '../../src/wasm/shared/worker-place.ts';
import { makeEpochs } from '../../src/wasm/vm/budget/epoch.ts';
import { match } from '../support/requests.ts';
import { eventually } from '../support/wait.ts';
import { loadedPlugin } from '../wasm/world.ts';

const limits = {
  maxRequestBodyBytes: 0,
  maxHeaderBytes: 65_536,
  maxHeaders: 1000,
  paths: safePaths,
  halfClose: false,
  headerTimeoutMs: 10_000,
  keepAliveMs: 60_000,
  clientIdleMs: 60_000,
  tunnelIdleMs: 0,
  http2MaxStreams: 128,
  http2ResetsPerSecond: 100,
  http2OverheadBytesPerSecond: 16_384,
};

/** Real data workers without listeners, and what run.ts does when one of them ends. */
describe('the state of plugins when a worker ends', () => {
  const count = 2;
  let workers: Workers;
  let roster: Roster;
  let memories: PluginMemories;
  let plugin: LoadedPlugin;

  async function start(config: string, part: Partial<LoadedPlugin> = {}): Promise<void> {
    roster = new Roster(makeRoster(count));
    memories = new PluginMemories();
    const data = {
      shared: new SharedState().buffer,
      roster: roster.buffer,
      epochs: makeEpochs(count),
      buckets: makeBuckets(1000),
      rateLimits: { maxKeys: 1000, redis: [], redisTimeoutMs: 50 },
      listeners: [],
      limits,
      accessLog: false as const,
      logLevel: 'silent',
      trustedProxies: [],
      trustedHops: 0,
    };
    const lost = (_ledger: SharedArrayBuffer, worker: number): void => {
      roster.strike(worker);
      memories.lost(worker);
      roster.ringAll();
    };
    const entry = new URL('../../src/app/worker.ts', import.meta.url);
    workers = new Workers(entry, data, makeLogger('silent'), { make: makeLedger, lost });
    workers.start(count);
    const loaded = await loadedPlugin('shared-state', { ...part, config });
    const plugins = memories.attach(new Map([[loaded.id, loaded]]));
    plugin = plugins.get(loaded.id) as LoadedPlugin;
    const rule = {
      name: 'main',
      matches: [match()],
      action: { type: 'respond' as const },
      plugins: [{ plugin: loaded.id }],
      timeouts: { requestMs: 0, responseMs: 0, idleMs: 0 },
      middleware: { directResponse: { status: 200, contentType: 'text/plain', body: '' } },
    };
    const route = { id: 'r', created: '', hosts: [], rules: [rule] };
    const { diagnostics } = await workers.apply({ ...emptyModel, plugins, routes: new Map([['r', route]]) });
    expect(diagnostics).to.deep.equal([]);
  }
  afterEach(() => workers.close());

  const counted = (name: string): number => {
    const metric = memories.readMetrics()[0]?.[1].find((one) => one.name === name);
    return metric?.type === 'counter' ? metric.value : 0;
  };
  const end = async (number: number): Promise<void> =>
    workers.live.find((worker) => worker.number === number)?.terminate();

  it('hands the tick of the process to the next worker, and what was counted stays', async () => {
    await start('tick:5', { ticks: 'Process' });
    await eventually('it ticks', () => counted('guest.ticks') > 5);
    expect(new WorkerPlace(1, roster).isFirst).to.equal(false);
    await end(0);
    const before = counted('guest.ticks');
    expect(before).to.be.above(5);
    await eventually('it ticks on', () => counted('guest.ticks') > before + 5);
    await eventually('the first is back', () => !new WorkerPlace(1, roster).isFirst);
    const back = counted('guest.ticks');
    await eventually('and ticks', () => counted('guest.ticks') > back + 5);
  });

  it('tells another worker of messages when that of the registrant ends', async () => {
    await start('queue:q');
    const { queues } = new PluginShare(plugin, new WorkerPlace(0, roster));
    const send = (): number | undefined => {
      const result = queues?.enqueue(1, Buffer.from('hello'));
      if (typeof result !== 'object') throw new Error(`${result}`);
      if (result.ring !== undefined) roster.ring(result.ring);
      return result.ring;
    };
    let told = 0;
    for (let round = 1; round <= 3; round++) {
      const registrant = send();
      await eventually('it was told', () => counted('guest.ready') === told + 1);
      await end(registrant ?? 0);
      send();
      await eventually('another was told', () => counted('guest.ready') === told + 2);
      told += 2;
      await eventually(
        'both workers are there',
        () => workers.live.length === count && workers.live.every(({ applied }) => applied > 0),
      );
    }
  });

  it('gives up a lock that a worker died with', async () => {
    await start('none');
    const held = new Int32Array(plugin.shared?.data as SharedArrayBuffer);
    // As the worker leaves it when it is ended within the lock.
    Atomics.store(held, 0, holderOf(1));
    await end(1);
    const data = new SharedData(plugin.shared?.data as SharedArrayBuffer, holderOf(0));
    await eventually('the lock is free', () => Atomics.load(held, 0) === 0);
    expect(data.set(Buffer.from('k'), Buffer.from('v'), 0)).to.equal('stored');
  });
});
