import { totalmem } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { SharedState } from '../balance/shared.ts';
import { Compiler } from '../compile/compiler.ts';
import { PluginPool } from '../compile/plugins.ts';
import { CertificateStore } from '../http/certificates.ts';
import { ForwardedFields } from '../http/forwarded.ts';
import { admissionOf } from '../http/admission.ts';
import { ConnectionCensus } from '../http/connection-census.ts';
import { HttpListener } from '../http/listener.ts';
import { TicketKeys } from '../http/ticket-keys.ts';
import { KeySets } from '../middleware/jwt/key-sets.ts';
import { BucketTable } from '../middleware/rate-limit/bucket-table.ts';
import type { Certificate } from '../model/model.ts';
import { SnapshotCell } from '../runtime/cell.ts';
import type {
  Diagnostic,
  DrainPhase,
  FromWorker,
  ModelDelta,
  ToWorker,
  WorkerData,
} from '../runtime/messages.ts';
import { RequestHandler } from '../runtime/serve.ts';
import { emptySnapshot, type Snapshot } from '../runtime/snapshot.ts';
import { makeAccessLog } from '../telemetry/access-log.ts';
import { makeLogger } from '../telemetry/log.ts';
import { pluginSeries } from '../telemetry/plugin-series.ts';
import { RequestMetrics } from '../telemetry/request-metrics.ts';
import { connectionSeries } from '../telemetry/connection-series.ts';
import { Callouts } from '../upstream/callouts/callouts.ts';
import { Forwarder } from '../upstream/forward.ts';
import { Pools } from '../upstream/pools.ts';
import { RedisBuckets } from '../upstream/redis/redis-buckets.ts';
import { Roster } from '../wasm/shared/roster.ts';
import { WorkerPlace } from '../wasm/shared/worker-place.ts';
import { threadNumber } from '../wasm/vm/budget/cpu-clock.ts';
import { Epoch } from '../wasm/vm/budget/epoch.ts';
import { V8Engine } from '../wasm/vm/v8.ts';

/** The entry of a data worker: wires the request path, then does what the control thread says. */
const data = workerData as WorkerData;
const log = makeLogger(data.logLevel, { component: 'worker', worker: data.worker });
const tell = (message: FromWorker): void => parentPort?.postMessage(message);

const metrics = new RequestMetrics();
const accessLog = data.accessLog ? makeAccessLog() : undefined;
const cell = new SnapshotCell<Snapshot>(emptySnapshot);
const pools = new Pools();
const forwarder = new Forwarder(pools, data.limits, (upstream, reason, outcome) =>
  metrics.retried(upstream, reason, outcome),
);
const certificates = new CertificateStore();
const roster = new Roster(data.roster);
const callouts = new Callouts({
  cluster: (id) => compiler.cluster(id),
  ended: (plugin, upstream, outcome, seconds) => metrics.callEnded(plugin, upstream, outcome, seconds),
});
/** Half of the machine's memory, or of what the container has of it, for the plugins of all workers. */
const pluginMemory =
  Math.min(process.constrainedMemory() || Infinity, totalmem()) / 2 / (data.epochs.epochs.length - 1);
const plugins: PluginPool = new PluginPool({
  log,
  place: new WorkerPlace(data.worker, roster),
  engine: new V8Engine(new Epoch(data.epochs, data.worker, threadNumber()), pluginMemory),
  changed: () => tell({ type: 'diagnosed', diagnostics: diagnostics() }),
  observe: (plugin, callback, seconds) => metrics.pluginRan(plugin, callback, seconds),
  callouts,
});
/** A mirror that is slower has no more of its requests in flight than that, and gets no others. */
const mirrorTimeouts = { requestMs: 30_000, responseMs: 30_000, idleMs: 30_000 };
const sharedBuckets =
  data.rateLimits.redis.length === 0
    ? undefined
    : new RedisBuckets(data.rateLimits.redis, data.rateLimits.redisTimeoutMs, ({ host, port }, problem) => {
        if (problem === undefined) log.info({ host, port }, 'rate limits are shared in Redis');
        else log.warn({ host, port, problem }, 'Redis is away; shared rate limits fall back');
      });
const compiler: Compiler = new Compiler(
  new SharedState(data.shared, data.ledger),
  plugins,
  {
    counter: (route, rule, middleware, outcome) =>
      metrics.middlewareCounter(route, rule, middleware, outcome),
    buckets: new BucketTable(data.buckets),
    send: (exchange, upstream) =>
      forwarder.forward(exchange, {
        choose: () => compiler.cluster(upstream) ?? 'backend-missing',
        timeouts: mirrorTimeouts,
        maxRequestBodyBytes: 0,
      }),
    keySets: new KeySets(log),
    sharedBuckets,
  },
  (authority) => pools.drain(authority),
);
const handler = new RequestHandler(
  cell,
  (exchange, target) => forwarder.forward(exchange, target),
  (exchange, status) => {
    metrics.exchangeEnded(exchange, status);
    accessLog?.write(exchange, status);
  },
);
const ticketKeys = new TicketKeys(data.ticketKeys);
const census = data.census
  ? new ConnectionCensus(data.census.workers, data.worker, data.census.buffer)
  : new ConnectionCensus(1, 0);
const listeners = data.listeners.map(
  (settings, number) =>
    new HttpListener(settings, {
      limits: data.limits,
      forwarded: new ForwardedFields(data.trustedProxies, data.trustedHops),
      certificates,
      ticketKeys,
      admission: admissionOf(settings, census, number),
      handle: (exchange) => handler.serve(exchange),
      refused: (listener, reason, detail) => {
        metrics.connectionRefused(listener, reason);
        // TLS fails with every scanner of the Internet; a PROXY header only where something is not set up as it should be.
        const level = reason === 'proxy-protocol' ? 'warn' : 'debug';
        log[level]({ listener, reason, detail }, 'connection refused');
      },
      abused: (listener, reason, detail) => {
        metrics.connectionAbused(listener, reason);
        log.info({ listener, reason, detail }, 'connection ended');
      },
      troubled: (listener, problem) =>
        log.warn({ listener, problem }, 'client certificates stay as they were'),
    }),
);

const heldCertificates = new Map<string, Certificate>();
let certificateProblems: readonly Diagnostic[] = [];

function applyCertificates({ set, removed }: ModelDelta['certificates']): void {
  if (set.length === 0 && removed.length === 0) return;
  for (const id of removed) heldCertificates.delete(id);
  for (const certificate of set) heldCertificates.set(certificate.id, certificate);
  const problems = certificates.set([...heldCertificates.values()]);
  for (const [id, reason] of problems) log.warn({ certificate: id, reason }, 'certificate cannot be used');
  certificateProblems = [...problems].map(([id, message]) => ({
    kind: 'Certificate',
    id,
    reason: 'InvalidCertificate',
    message,
  }));
}

const diagnostics = (): readonly Diagnostic[] => [...plugins.diagnostics(), ...certificateProblems];

async function apply(revision: number, delta: ModelDelta): Promise<void> {
  const began = performance.now();
  applyCertificates(delta.certificates);
  const { snapshot, dropped } = await compiler.apply(revision, delta);
  cell.swap(snapshot, dropped);
  metrics.forget({
    routes: delta.routes.removed,
    upstreams: delta.upstreams.removed,
    plugins: delta.plugins.removed,
  });
  roster.enter(data.worker);
  tell({
    type: 'applied',
    revision,
    compileMs: performance.now() - began,
    diagnostics: diagnostics(),
  });
}

async function listen(): Promise<void> {
  for (const listener of listeners) {
    try {
      await listener.listen();
    } catch (error) {
      tell({ type: 'bind-failed', listener: '', message: (error as Error).message });
      return;
    }
  }
  tell({ type: 'listening' });
}

async function drain(phase: DrainPhase): Promise<void> {
  if (phase === 'announce') {
    for (const listener of listeners) listener.announceDrain();
    return;
  }
  if (phase === 'leave') {
    for (const { tunnels } of listeners) for (const tunnel of tunnels) tunnel.leave();
    return;
  }
  await Promise.all(listeners.map((listener) => listener.stop()));
  tell({ type: 'drained' });
}

function close(): void {
  for (const listener of listeners) listener.destroy();
  pools.close();
  sharedBuckets?.close();
  callouts.close();
  accessLog?.close();
  parentPort?.close();
}

/** Revisions one after the other: a compile rests between its slices, and the next must not overtake it. */
let applying: Promise<void> = Promise.resolve();

parentPort?.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'apply':
      applying = applying.then(() => apply(message.revision, message.delta));
      return;
    case 'endpoints':
      applying = applying.then(() => compiler.setEndpoints(message.changes));
      return;
    case 'collect':
      tell({
        type: 'collected',
        id: message.id,
        metrics: [...metrics.toJson(), ...connectionSeries(listeners), ...pluginSeries(plugins.stats())],
      });
      return;
    case 'drain':
      void drain(message.phase);
      return;
    case 'close':
      close();
  }
});
await listen();
