import { AdminServer } from '../admin/server.ts';
import { authorityOf } from '../balance/endpoints.ts';
import { HealthChecker } from '../balance/health.ts';
import { OutlierDetector } from '../balance/outliers/detector.ts';
import { makeLedger, SharedState } from '../balance/shared.ts';
import { SlotTable } from '../balance/slots.ts';
import { makeBuckets } from '../middleware/rate-limit/bucket-table.ts';
import type { Settings } from '../model/settings.ts';
import { threadEntry } from '../embedded.ts';
import { ConnectionCensus } from '../http/connection-census.ts';
import { TicketKeys } from '../http/ticket-keys.ts';
import { Pulse } from '../pulse.ts';
import type { PlacedModel } from '../runtime/delta.ts';
import { Workers } from '../runtime/workers.ts';
import type { Source } from '../sources/objects.ts';
import type { Scope } from '../sources/scope.ts';
import { Translator, type TranslateOptions } from '../sources/translate/translator.ts';
import { ControlMetrics } from '../telemetry/control-metrics.ts';
import type { Logger } from '../telemetry/log.ts';
import { probe } from '../upstream/probes/probe.ts';
import { PluginMemories } from '../wasm/shared/plugin-memories.ts';
import { makeRoster, Roster } from '../wasm/shared/roster.ts';
import { Guard } from '../wasm/vm/budget/guard.ts';
import { BreakerLog } from './breaker-log.ts';
import { Control } from './control.ts';
import { PanicLog } from './panic-log.ts';
import { Placement } from './placement.ts';
import { quicSecret } from './quic-secret.ts';
import { shutDown, untilSignal } from './shutdown.ts';
import { readVersion } from './version.ts';
import { makeLoader } from './supply.ts';
import { makeView } from './view.ts';

export interface RunOptions {
  readonly mode: 'serve' | 'operator';
  readonly settings: Settings;
  readonly scope?: Scope;
  readonly translate?: TranslateOptions;
  readonly log: Logger;
  readonly metrics: ControlMetrics;
  readonly source: Source;
}

/** Sessions that were made before are not resumed: it costs their owners a full handshake, four times a day. */
const rotateTicketKeysMs = 6 * 3_600_000;

/** Between two looks at what upstreams have come to, while there is one to look at. */
const roundMs = 1000;

/** The whole of Loom in one process, from start to exit code. Rejects with a message for people when it cannot start. */
export async function run(options: RunOptions): Promise<number> {
  const { mode, settings, source, log, metrics } = options;
  log.info(
    { version: readVersion(), node: process.versions.node, mode, workers: settings.workers },
    'starting',
  );
  // A loom.yaml is of whoever runs Loom; objects of a cluster are of many people.
  const foreignOnly = mode === 'operator';
  const shared = new SharedState();
  const roster = new Roster(makeRoster(settings.workers));
  const memories = new PluginMemories();
  const guard = new Guard(settings.workers, log);
  const ticketKeys = new TicketKeys();
  const census = new ConnectionCensus(settings.workers, 0);
  const rotation = setInterval(() => ticketKeys.rotate(), rotateTicketKeysMs).unref();
  const workers = new Workers(
    threadEntry(import.meta.url, './worker'),
    {
      shared: shared.buffer,
      roster: roster.buffer,
      epochs: guard.epochs,
      buckets: makeBuckets(settings.rateLimits.maxKeys),
      rateLimits: settings.rateLimits,
      overload: settings.overload,
      listeners: settings.listeners,
      limits: settings.limits,
      accessLog: settings.accessLog,
      ...(settings.tracing && { tracing: settings.tracing }),
      logLevel: settings.logLevel,
      trustedProxies: settings.trustedProxies,
      trustedHops: settings.trustedHops,
      ticketKeys: ticketKeys.buffer,
      census: { workers: settings.workers, buffer: census.buffer },
      foreignOnly,
      quic: { secret: quicSecret(settings.stickySecret), workers: settings.workers },
    },
    log,
    {
      make: makeLedger,
      lost: (ledger, worker) => {
        shared.settle(ledger);
        roster.strike(worker);
        census.lost(worker);
        memories.lost(worker);
        roster.ringAll();
        metrics.workerRestarts.inc();
      },
    },
  );
  workers.start(settings.workers);
  // Also where there is no file: without somebody who listens Node would open its debugger.
  const reopen = (): void => workers.reopenLogs();
  process.on('SIGUSR1', reopen);
  const health = new HealthChecker(shared, log, probe);
  const loader = makeLoader({
    settings: settings.pluginSources,
    objects: () => source.objects,
    compile: (bytes) => guard.compile(bytes),
    metrics,
    log,
    changed: () => control.changed('WasmPlugin'),
    foreignOnly,
  });
  const rounds = new Pulse(roundMs);
  const control: Control = new Control({
    source,
    translator: new Translator(options.scope, options.translate),
    loader,
    memories,
    placement: new Placement(new SlotTable(shared), {
      ...(settings.zone && { zone: settings.zone }),
      ...(settings.stickySecret && { stickySecret: settings.stickySecret }),
      foreignOnly,
    }),
    foreignOnly,
    workers,
    shared,
    health,
    rounds,
    metrics,
    log,
  });
  const watched = (): Pick<PlacedModel, 'upstreams' | 'endpoints'> => ({
    upstreams: control.watched,
    endpoints: control.placed.endpoints,
  });
  const outliers = new OutlierDetector(rounds, watched, shared, {
    log,
    ejected: (upstream, endpoint, reason) => metrics.endpointEjections.inc({ upstream, endpoint, reason }),
  });
  const panics = new PanicLog(rounds, () => ({ ...control.placed, watched: control.watched }), shared, log);
  const breakers = new BreakerLog(rounds, watched, shared, log);
  const draining = { value: false };
  const view = makeView({
    mode,
    control,
    workers,
    health,
    shared,
    memories,
    metrics,
    source,
    settings,
    draining,
    log,
  });
  const admin = settings.admin.enabled
    ? new AdminServer(
        { ...settings.admin, metricsPath: settings.metrics.enabled ? settings.metrics.path : undefined },
        view,
        log,
      )
    : undefined;
  if (admin) {
    log.info({ address: authorityOf(await admin.listen()) }, 'admin API listening');
  }
  const stop = new AbortController();
  const following = control.run(stop.signal);
  const unbound = workers.listening.then(() => {
    for (const { name, host, port, protocol, http3 } of settings.listeners) {
      log.info({ listener: name, address: authorityOf({ address: host, port }), protocol }, 'listening');
      if (http3) log.warn({ listener: name }, 'HTTP/3 is in beta');
    }
    return new Promise<never>(() => undefined);
  });
  const signal = await Promise.race([untilSignal(), unbound]);
  log.info({ signal }, 'shutting down');
  return shutDown({
    signal,
    settings,
    workers,
    health,
    admin,
    log,
    draining,
    stop: async () => {
      stop.abort();
      clearInterval(rotation);
      process.off('SIGUSR1', reopen);
      loader.close();
      breakers.close();
      outliers.close();
      panics.close();
      await guard.close();
      await following;
    },
  });
}
