import { safePaths } from '../../src/http/path.ts';
import { makeBuckets } from '../../src/middleware/rate-limit/bucket-table.ts';
import { mock } from 'node:test';
import { expect } from 'chai';
import { Control } from '../../src/app/control.ts';
import { Placement } from '../../src/app/placement.ts';
import { artifactReaders } from '../../src/artifacts/artifact.ts';
import { PluginLoader } from '../../src/artifacts/loader.ts';
import { HealthChecker } from '../../src/balance/health.ts';
import { makeLedger, SharedState, upstreamCell } from '../../src/balance/shared.ts';
import { SlotTable } from '../../src/balance/slots.ts';
import { Workers } from '../../src/runtime/workers.ts';
import type { Kind, ObjectStatus, Source } from '../../src/sources/objects.ts';
import { Translator } from '../../src/sources/translate/translator.ts';
import { ControlMetrics } from '../../src/telemetry/control-metrics.ts';
import { probe } from '../../src/upstream/probes/probe.ts';
import { PluginMemories } from '../../src/wasm/shared/plugin-memories.ts';
import { makeRoster } from '../../src/wasm/shared/roster.ts';
import { makeEpochs } from '../../src/wasm/vm/budget/epoch.ts';
import { compileModule } from '../../src/wasm/vm/compile.ts';
import { Objects } from '../support/objects.ts';
import { eventually } from '../support/wait.ts';
import { world } from '../wasm/world.ts';

/** A source that says what the test puts into it. */
class TestSource extends Objects implements Source {
  readonly objects = this.set;
  synced = true;
  settled = true;
  reports: ReadonlyMap<string, ObjectStatus>[] = [];
  changed: (kind: Kind, key?: string) => void = () => {};

  run(signal: AbortSignal, changed: (kind: Kind, key?: string) => void): Promise<void> {
    this.changed = changed;
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
  }
  want(): void {}
  report(statuses: ReadonlyMap<string, ObjectStatus>): void {
    this.reports.push(statuses);
  }
}

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
const route = (name: string, plugins = ''): string => `
apiVersion: loom.dev/v1alpha1
kind: LoomRoute
metadata: { name: ${name}, namespace: a }
spec: { hosts: [${name}], rules: [{ name: main, ${plugins} backends: [{ serviceRef: { name: web, port: 80 } }] }] }
`;
const service = `
kind: Service
metadata: { name: web, namespace: a }
spec: { ports: [{ port: 80 }] }
`;
const slice = (...addresses: readonly string[]): string => `
kind: EndpointSlice
metadata: { name: web-1, namespace: a, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
ports: [{ port: 80 }]
endpoints: [${addresses.map((address) => `{ addresses: [${address}] }`).join()}]
`;
const upstream = `
apiVersion: loom.dev/v1alpha1
kind: LoomUpstream
metadata: { name: u, namespace: a }
spec: { endpoints: [{ address: 10.0.0.2, port: 80 }], circuitBreaker: { failureThreshold: 3 } }
`;
const plugin = (config = ''): string => `
apiVersion: loom.dev/v1alpha1
kind: WasmPlugin
metadata: { name: p, namespace: a }
spec: { source: { file: { path: test/wasm/guests/build/scripted.wasm } }, ${config} phase: Authn }
`;

describe('Control', () => {
  let source: TestSource;
  let workers: Workers;
  let health: HealthChecker;
  let control: Control;
  let stop: AbortController;
  let shared: SharedState;
  let woken: number;
  let following: Promise<void>;
  /** Awaited before each module is compiled. */
  let gate: () => Promise<void>;

  beforeEach(async () => {
    const { log } = world('silent');
    shared = new SharedState();
    source = new TestSource();
    gate = async () => {};
    woken = 0;
    const data = {
      listeners: [],
      limits,
      accessLog: false as const,
      logLevel: 'silent',
      trustedProxies: [],
      trustedHops: 0,
    };
    const entry = new URL('../../src/app/worker.ts', import.meta.url);
    const ledgers = { make: makeLedger, lost: () => {} };
    const memories = {
      shared: shared.buffer,
      roster: makeRoster(1),
      epochs: makeEpochs(1),
      buckets: makeBuckets(1000),
      rateLimits: { maxKeys: 1000, redis: [], redisTimeoutMs: 50 },
    };
    workers = new Workers(entry, { ...memories, ...data }, log, ledgers);
    workers.start(1);
    health = new HealthChecker(shared, log, probe);
    control = new Control({
      source,
      translator: new Translator(),
      loader: new PluginLoader(
        artifactReaders(() => source.objects),
        async (bytes) => {
          await gate();
          return compileModule(bytes);
        },
        log,
      ),
      memories: new PluginMemories(),
      placement: new Placement(new SlotTable(shared)),
      workers,
      shared,
      health,
      rounds: { wake: () => void woken++ },
      metrics: new ControlMetrics(),
      log,
    });
    stop = new AbortController();
    following = control.run(stop.signal);
  });
  afterEach(async () => {
    stop.abort();
    await following;
    health.sync(new Map(), new Map());
    await workers.close();
  });

  async function apply(...yaml: readonly string[]): Promise<void> {
    const before = source.reports.length;
    source.apply(yaml.join('---'));
    for (const kind of ['LoomRoute', 'Service', 'WasmPlugin'] as const) source.changed(kind);
    await eventually('it is reported', () => source.reports.length > before);
  }
  const condition = (key: string): string | undefined =>
    control
      .status(key)
      ?.conditions.map(({ status }) => status)
      .join();

  it('leads a change to every worker, and reports it afterwards', async () => {
    await apply(service, slice('10.0.0.1'), route('one'));
    expect([control.revision, workers.programmed]).to.deep.equal([1, 1]);
    expect(condition('LoomRoute:a/one')).to.equal('True,True,True');
    expect(source.reports.at(-1)?.get('LoomRoute:a/one')).to.equal(control.status('LoomRoute:a/one'));
    expect([...control.model.routes.keys()]).to.deep.equal(['a/one']);
    await apply(route('one', 'matches: [{ path: { value: relative } }],'));
    expect([control.revision, condition('LoomRoute:a/one')]).to.deep.equal([1, 'False,True,False']);
  });

  it('does nothing before the source has read everything', async () => {
    source.synced = false;
    source.changed('LoomRoute');
    await control.unload('nothing');
    expect([control.revision, source.reports.length]).to.deep.equal([0, 0]);
    source.synced = true;
    await apply(service);
    expect(control.revision).to.equal(1);
  });

  it('serves, and says nothing of what is missing, before that has been looked up', async () => {
    source.settled = false;
    source.apply([service, slice('10.0.0.1'), route('one')].join('---'));
    source.changed('LoomRoute');
    await control.unload('nothing');
    expect([control.revision, source.reports.length]).to.deep.equal([1, 0]);
    source.settled = true;
    source.changed('Secret', 'a/missing');
    await eventually('it is reported', () => source.reports.length === 1);
    expect(condition('LoomRoute:a/one')).to.equal('True,True,True');
  });

  it('lets a change of endpoints take effect without a revision', async () => {
    await apply(service, slice('10.0.0.1'), route('one'));
    const slot = control.placed.upstreams.get('a/web:80')?.slot ?? NaN;
    const touches = (): number => Atomics.load(shared.cells, shared.upstream(slot, upstreamCell.health));
    const before = touches();
    source.apply(slice('10.0.0.1', '10.0.0.2'));
    source.changed('EndpointSlice');
    const placed = await eventually('two endpoints', () => {
      const endpoints = control.placed.endpoints.get('a/web:80') ?? [];
      return endpoints.length === 2 && endpoints;
    });
    expect(placed.map(({ address }) => address)).to.deep.equal(['10.0.0.1', '10.0.0.2']);
    expect(control.model.endpoints.get('a/web:80')).to.have.length(2);
    expect([control.revision, source.reports.length]).to.deep.equal([1, 1]);
    await eventually('who picks one is told to look', () => touches() > before);
  });

  it('wakes who looks at upstreams when there is one to look at, and not before', async () => {
    await apply(service, slice('10.0.0.1'), route('one'));
    expect([control.watched.size, woken]).to.deep.equal([0, 0]);
    source.apply(upstream);
    source.changed('LoomUpstream');
    await eventually('they are woken', () => woken > 0);
    expect(control.watched.size).to.equal(1);
  });

  it('unloads a plugin until its object changes', async () => {
    await apply(plugin(), service, route('one', 'plugins: [{ name: p }],'));
    expect(control.plugins.get('a/p')?.module).to.be.instanceOf(WebAssembly.Module);
    await control.unload('a/p');
    expect(control.plugins.get('a/p')).not.to.have.property('module');
    expect([control.revision, condition('WasmPlugin:a/p')]).to.deep.equal([2, 'True,True,False']);
    await apply(route('two'));
    expect(control.plugins.get('a/p')).not.to.have.property('module');
    await apply(plugin('priority: 5,'));
    expect(control.plugins.get('a/p')?.module).to.be.instanceOf(WebAssembly.Module);
    expect(condition('WasmPlugin:a/p')).to.equal('True,True,True');
  });

  it('does not let a change that waits for its module undo one that came later', async () => {
    await apply(service, route('one'));
    const { promise, resolve } = Promise.withResolvers<void>();
    let waiting = 0;
    gate = () => (waiting++ === 0 ? promise : Promise.resolve());
    source.apply([plugin(), route('one')].join('---'));
    source.changed('WasmPlugin');
    await eventually('the module is being compiled', () => waiting === 1);
    source.apply(route('two'));
    source.changed('LoomRoute', 'a/two');
    const translate = mock.method(Translator.prototype, 'update');
    const unloaded = control.unload('nothing');
    await new Promise((turn) => setImmediate(turn));
    expect(translate.mock.callCount(), 'looked at before its turn').to.equal(0);
    resolve();
    await unloaded;
    mock.restoreAll();
    await eventually('both are reported', () => source.reports.length >= 3);
    expect([...control.model.routes.keys()]).to.deep.equal(['a/one', 'a/two']);
    expect([...control.placed.routes.keys()]).to.deep.equal(['a/one', 'a/two']);
  });

  it('goes on with the last configuration when a change cannot be applied', async () => {
    await apply(service, route('one'));
    const want = (): void => {};
    source.want = () => {
      throw new Error('the source is ill');
    };
    source.apply(route('two').replace('rules:', 'tls: { secretRef: { name: none } }, rules:'));
    source.changed('LoomRoute');
    await control.unload('nothing');
    expect([...control.model.routes.keys()]).to.deep.equal(['a/one']);
    source.want = want;
    await apply(route('three'));
    expect([...control.model.routes.keys()]).to.have.members(['a/one', 'a/three', 'a/two']);
  });
});
