import { totalmem } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { SharedState } from '../balance/shared.ts';
import { Compiler } from '../compile/compiler.ts';
import { PluginPool } from '../compile/plugins.ts';
import { CertificateStore } from '../http/certificates.ts';
import { descriptors } from '../http/descriptors.ts';
import { ForwardedFields } from '../http/forwarded.ts';
import { admissionOf } from '../http/admission.ts';
import { ConnectionCensus } from '../http/connection-census.ts';
import type { Exchange } from '../http/exchange.ts';
import { HttpListener } from '../http/listener.ts';
import { TicketKeys } from '../http/ticket-keys.ts';
import { PasswordLists } from '../middleware/basic-auth/password-lists.ts';
import { KeySets } from '../middleware/jwt/key-sets.ts';
import { BucketTable } from '../middleware/rate-limit/bucket-table.ts';
import { SnapshotCell } from '../runtime/cell.ts';
import { collectGarbage, isLarge } from '../runtime/collect-garbage.ts';
import { Inbox } from '../runtime/mailbox.ts';
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
import { AccessLog } from '../telemetry/access-log/access-log.ts';
import { makeLogger, recentLines } from '../telemetry/log.ts';
import { overloadSeries } from '../telemetry/overload-series.ts';
import { pluginSeries } from '../telemetry/plugin-series.ts';
import { poolSeries } from '../telemetry/pool-series.ts';
import { RequestMetrics } from '../telemetry/request-metrics.ts';
import { connectionSeries } from '../telemetry/connection-series.ts';
import { http3Series } from '../telemetry/http3-series.ts';
import { Callouts } from '../upstream/callouts/callouts.ts';
import { Forwarder } from '../upstream/forward.ts';
import { Pools } from '../upstream/pools.ts';
import { Warmer } from '../upstream/warmer.ts';
import { RedisBuckets } from '../upstream/redis/redis-buckets.ts';
import { Roster } from '../wasm/shared/roster.ts';
import { WorkerPlace } from '../wasm/shared/worker-place.ts';
import { threadNumber } from '../wasm/vm/budget/cpu-clock.ts';
import { Epoch } from '../wasm/vm/budget/epoch.ts';
import { V8Engine } from '../wasm/vm/v8.ts';
import { DescriptorLog } from './descriptor-log.ts';
import { HeldCertificates } from './held-certificates.ts';
import { makeOverload } from './overload.ts';
import { readVersion } from './version.ts';

/** The entry of a data worker: wires the request path, then does what the control thread says. */
const data = workerData as WorkerData;
const log = makeLogger(data.logLevel, { component: 'worker', worker: data.worker });
const tell = (message: FromWorker): void => parentPort?.postMessage(message);

const metrics = new RequestMetrics();
const accessLog = data.accessLog ? new AccessLog(data.accessLog, log) : undefined;
/** Behind an import of its own: who traces nothing does not pay for OpenTelemetry. */
const tracer = data.tracing
  ? new (await import('../telemetry/tracing/tracer.ts')).Tracer(data.tracing, readVersion(), log)
  : undefined;
const cell = new SnapshotCell<Snapshot>(emptySnapshot);
const shared = new SharedState(data.shared, data.ledger);
const pools = new Pools(shared);
const warmer = new Warmer(pools);
const forwarder = new Forwarder(pools, data.limits, (upstream, reason, outcome) =>
  metrics.retried(upstream, reason, outcome),
);
const certificates = new CertificateStore();
const heldCertificates = new HeldCertificates(certificates, log);
const roster = new Roster(data.roster);
const callouts = new Callouts({
  shared,
  foreignOnly: data.foreignOnly ?? false,
  cluster: (id) => compiler.cluster(id),
  ended: (plugin, upstream, outcome, seconds) => metrics.callEnded(plugin, upstream, outcome, seconds),
});
/** Half of the machine's memory, or of what the container has of it, for the plugins of all workers. */
const pluginMemory =
  Math.min(process.constrainedMemory() || Infinity, totalmem()) / 2 / (data.epochs.epochs.length - 1);
const plugins: PluginPool = new PluginPool(
  {
    log,
    place: new WorkerPlace(data.worker, roster),
    engine: new V8Engine(new Epoch(data.epochs, data.worker, threadNumber()), pluginMemory),
    changed: () => tell({ type: 'diagnosed', diagnostics: diagnostics() }),
    duration: (plugin, callback) => metrics.pluginDuration(plugin, callback),
    callouts,
  },
  tracer !== undefined,
);
const sharedBuckets =
  data.rateLimits.redis.length === 0
    ? undefined
    : new RedisBuckets(data.rateLimits.redis, data.rateLimits.redisTimeoutMs, ({ host, port }, problem) => {
        if (problem === undefined) log.info({ host, port }, 'rate limits are shared in Redis');
        else log.warn({ host, port, problem }, 'Redis is away; shared rate limits fall back');
      });
const compiler: Compiler = new Compiler(
  shared,
  plugins,
  {
    counter: (route, rule, middleware, outcome) =>
      metrics.middlewareCounter(route, rule, middleware, outcome),
    buckets: new BucketTable(data.buckets),
    send: (exchange, upstream, timeoutMs) =>
      forwarder.forward(exchange, {
        choose: () => compiler.cluster(upstream) ?? 'backend-missing',
        timeouts: { requestMs: timeoutMs, responseMs: timeoutMs, idleMs: timeoutMs },
        maxRequestBodyBytes: 0,
      }),
    keySets: new KeySets(log, { foreignOnly: data.foreignOnly ?? false }),
    passwords: new PasswordLists(),
    ...(tracer && { resample: (ratio) => tracer.resampler(ratio) }),
    sharedBuckets,
  },
  (upstream, authority) => {
    pools.drain(upstream, authority);
    callouts.drain(upstream, authority);
  },
  () => catchUp(),
);
const inbox = new Inbox(data.mailbox);
const overload = makeOverload(data.overload, log, (refusing) => {
  for (const listener of listeners) listener.refuse(refusing);
});
const handler = new RequestHandler(
  cell,
  (exchange, target) => forwarder.forward(exchange, target),
  (exchange, status) => {
    metrics.exchangeEnded(exchange, status);
    tracer?.ended(exchange, status);
    // Lines about those that are shed would cost more than shedding them.
    if (exchange.errorCode !== 'overloaded') accessLog?.write(exchange, status);
  },
  overload,
);
const traced = (by: NonNullable<typeof tracer>) => (exchange: Exchange) => {
  by.begin(exchange);
  handler.serve(exchange);
};
const descriptorLog = new DescriptorLog(log);
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
      ...(data.quic && { quic: { worker: data.worker, ...data.quic } }),
      handle: tracer ? traced(tracer) : (exchange) => handler.serve(exchange),
      refused: (listener, reason, detail) => {
        metrics.connectionRefused(listener, reason);
        if (reason === 'descriptors') descriptorLog.turnedAway(descriptors.limit, performance.now());
        // TLS fails with every scanner of the Internet; a PROXY header only where something is not set up as it should be.
        const level = reason === 'proxy-protocol' ? 'warn' : 'debug';
        log[level]({ listener, reason, detail }, 'connection refused');
      },
      abused: (listener, reason, detail) => {
        metrics.connectionAbused(listener, reason);
        log.info({ listener, reason, detail }, 'connection ended');
      },
      failed: (listener, error) => log.error({ listener, err: error }, 'a connection of HTTP/3 failed'),
      troubled: (listener, problem) =>
        log.warn({ listener, problem }, 'client certificates stay as they were'),
    }),
);

const diagnostics = (): readonly Diagnostic[] => [...plugins.diagnostics(), ...heldCertificates.problems];

/** Takes the endpoints that nobody has looked at. Those that are newer than a revision on its way come behind it. */
function catchUp(): void {
  const changes = inbox.take(cell.current.revision);
  if (changes.length === 0) return;
  compiler.setEndpoints(changes);
  // A request may wait for what is going on here; nobody waits for connections that there are to be.
  setImmediate(() => warmer.tend(compiler.prewarmed));
}

async function apply(revision: number, delta: ModelDelta): Promise<void> {
  const began = performance.now();
  // What the revision says of endpoints is newer.
  catchUp();
  heldCertificates.apply(delta.certificates);
  const { snapshot, dropped } = await compiler.apply(revision, delta);
  cell.swap(snapshot, dropped);
  catchUp();
  warmer.tend(compiler.prewarmed);
  metrics.forget({
    routes: delta.routes.removed,
    upstreams: delta.upstreams.removed,
    plugins: delta.plugins.removed,
  });
  roster.enter(data.worker);
  // Later there are requests that would wait for it.
  if (revision === 1 && isLarge(delta)) await collectGarbage();
  // Not before there is something to serve: clients would hear 404 of routes that are on their way.
  if (!(await (listening ??= listen()))) return;
  tell({
    type: 'applied',
    revision,
    compileMs: performance.now() - began,
    diagnostics: diagnostics(),
  });
}

let listening: Promise<boolean> | undefined;

/** False when a listener cannot be bound. */
async function listen(): Promise<boolean> {
  for (const listener of listeners) {
    try {
      await listener.listen();
    } catch (error) {
      tell({ type: 'bind-failed', listener: '', message: (error as Error).message });
      return false;
    }
  }
  tell({ type: 'listening' });
  return true;
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
  // One that has never listened does not begin now, and one that is about to is not stopped before it has.
  await (listening ??= Promise.resolve(true));
  await Promise.all(listeners.map((listener) => listener.stop()));
  tell({ type: 'drained' });
}

async function close(): Promise<void> {
  for (const listener of listeners) listener.destroy();
  overload?.close();
  warmer.close();
  pools.close();
  sharedBuckets?.close();
  callouts.close();
  await Promise.all([accessLog?.close(), tracer?.close()]);
  tell({ type: 'closed' });
  parentPort?.close();
}

/** Revisions one after the other: a compile rests between its slices, and the next must not overtake it. */
let applying: Promise<void> = Promise.resolve();

parentPort?.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'apply':
      applying = applying.then(() => apply(message.revision, message.delta));
      return;
    case 'mail':
      catchUp();
      return;
    case 'collect':
      tell({
        type: 'collected',
        id: message.id,
        metrics: [
          ...metrics.toJson(),
          ...connectionSeries(listeners),
          ...http3Series(listeners),
          ...overloadSeries(overload),
          ...poolSeries([pools.figures, callouts.figures]),
          ...pluginSeries(plugins.stats()),
          ...(accessLog?.toJson() ?? []),
          ...(tracer?.toJson() ?? []),
        ],
      });
      return;
    case 'recall':
      tell({ type: 'recalled', id: message.id, text: recentLines.text });
      return;
    case 'reopen':
      accessLog?.reopen();
      return;
    case 'log-level':
      log.level = message.level;
      plugins.setLogLevel(message.level);
      return;
    case 'drain':
      void drain(message.phase);
      return;
    case 'close':
      void close();
  }
});
