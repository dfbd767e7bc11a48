import { safePaths } from '../../src/http/path.ts';
import { makeBuckets } from '../../src/middleware/rate-limit/bucket-table.ts';
import { expect } from 'chai';
import { makeLedger, SharedState } from '../../src/balance/shared.ts';
import { emptyModel, type PlacedModel } from '../../src/runtime/delta.ts';
import { Workers } from '../../src/runtime/workers.ts';
import { makeLogger } from '../../src/telemetry/log.ts';
import { makeRoster } from '../../src/wasm/shared/roster.ts';
import { makeEpochs } from '../../src/wasm/vm/budget/epoch.ts';
import { loadedPlugin } from '../wasm/world.ts';
import { forwarding, route, rule, upstream } from '../compile/world.ts';
import { eventually } from '../support/wait.ts';

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

describe('Workers', () => {
  let workers: Workers;
  const lost: SharedArrayBuffer[] = [];

  // The real ones, without listeners.
  beforeEach(async () => {
    lost.length = 0;
    const data = {
      listeners: [],
      limits,
      accessLog: false as const,
      logLevel: 'silent',
      trustedProxies: [],
      trustedHops: 0,
    };
    workers = new Workers(
      new URL('../../src/app/worker.ts', import.meta.url),
      {
        shared: new SharedState().buffer,
        roster: makeRoster(2),
        epochs: makeEpochs(2),
        buckets: makeBuckets(1000),
        rateLimits: { maxKeys: 1000, redis: [], redisTimeoutMs: 50 },
        ...data,
      },
      makeLogger('silent'),
      { make: makeLedger, lost: (ledger) => void lost.push(ledger) },
    );
    workers.start(2);
  });
  afterEach(() => workers.close());

  const one: PlacedModel = { ...emptyModel, routes: new Map([['a', route('a', '*', rule('/'))]]) };

  it('counts revisions that every worker serves, and sends nothing for a model that is the same', async () => {
    expect(workers.programmed).to.equal(0);
    const first = await workers.apply(emptyModel);
    expect(first, 'the first counts, even when it is empty').to.include({ revision: 1, changed: true });
    expect(await workers.apply(one)).to.include({ revision: 2, changed: true });
    expect(workers.live.map(({ applied }) => applied)).to.deep.equal([2, 2]);
    expect(await workers.apply({ ...one, routes: new Map(one.routes) })).to.include({
      revision: 2,
      changed: false,
    });
    expect(workers.programmed).to.equal(2);
  });

  it('takes endpoints without a revision, and knows them afterwards', async () => {
    const endpoints = new Map([['u', [{ address: '10.0.0.1', port: 80, weight: 1, slot: 0 }]]]);
    const model: PlacedModel = {
      ...emptyModel,
      routes: new Map([['a', route('a', '*', rule('/', forwarding('u')))]]),
      upstreams: new Map([['u', upstream('u', 0)]]),
    };
    const { revision } = await workers.apply(model);
    workers.setEndpoints([{ upstream: 'u', endpoints: endpoints.get('u') ?? [] }], endpoints);
    expect(await workers.apply({ ...model, endpoints })).to.include({ revision, changed: false });
  });

  it('tells of each diagnostic once, however many workers find it, and only while it holds', async () => {
    const plugin = await loadedPlugin('scripted', { id: 'p', config: 'configure:refuse' });
    const routes = new Map([['a', route('a', '*', rule('/', { plugins: [{ plugin: 'p' }] }))]]);
    const bad = await workers.apply({ ...emptyModel, routes, plugins: new Map([['p', plugin]]) });
    expect(bad.diagnostics.map(({ id, reason }) => `${id} ${reason}`)).to.deep.equal(['p ConfigureFailed']);
    const good = new Map([['p', { ...plugin, config: 'none' }]]);
    expect((await workers.apply({ ...emptyModel, routes, plugins: good })).diagnostics).to.deep.equal([]);
  });

  it('replaces a worker that ends, once, and the new one serves the revision', async () => {
    const { revision } = await workers.apply(one);
    const [gone, stays] = workers.live;
    await workers.collect();
    await gone?.terminate();
    await eventually('both serve again', () => workers.size === 2 && workers.programmed === revision);
    expect(workers.live).to.include(stays).and.not.include(gone);
    expect(workers.live.map(({ number }) => number)).to.have.members([0, 1]);
    expect(lost).to.have.length(1);
    expect((await workers.collect()).length, 'with the metrics of the one that is gone').to.equal(3);
  });

  it('lets a change wait for the worker that replaces another', async () => {
    const [gone] = workers.live;
    const ended = gone?.terminate();
    const applied = workers.apply(one);
    await ended;
    expect(await applied).to.include({ revision: 1 });
    await eventually('both serve it', () => workers.size === 2 && workers.programmed === 1);
  });

  it('ends without a replacement when it is closed, and drains when nothing runs', async () => {
    await workers.drain('announce');
    await workers.drain('stop');
    await workers.close();
    expect([workers.size, workers.programmed, lost.length]).to.deep.equal([0, 0, 0]);
  });
});
