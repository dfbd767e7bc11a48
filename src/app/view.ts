import { getHeapStatistics } from 'node:v8';
import type { AdminView, UpstreamState } from '../admin/view.ts';
import { authorityOf } from '../balance/endpoints.ts';
import type { HealthChecker } from '../balance/health.ts';
import type { SharedState } from '../balance/shared.ts';
import { pluginOrder, stageOrder } from '../compile/rule.ts';
import { explain } from '../explain/explain.ts';
import type { Rule } from '../model/model.ts';
import { logLevels, type Settings } from '../model/settings.ts';
import type { Workers } from '../runtime/workers.ts';
import type { Source } from '../sources/objects.ts';
import type { ControlMetrics } from '../telemetry/control-metrics.ts';
import { poolFigures } from '../telemetry/pool-series.ts';
import { recentLines, type Logger } from '../telemetry/log.ts';
import { inOrder } from '../telemetry/recent-lines.ts';
import { pluginMetricsJson } from '../telemetry/plugin-metrics.ts';
import { redactJson, redactLog } from '../telemetry/redact.ts';
import type { PluginMemories } from '../wasm/shared/plugin-memories.ts';
import type { Control } from './control.ts';
import { pluginReport } from './plugin-reports.ts';
import { FirstFetches } from './first-fetches.ts';
import { upstreamState } from './upstream-state.ts';
import { readVersion } from './version.ts';

export interface ViewParts {
  readonly mode: 'serve' | 'operator';
  readonly control: Control;
  readonly workers: Workers;
  readonly health: HealthChecker;
  readonly shared: SharedState;
  readonly memories: PluginMemories;
  readonly metrics: ControlMetrics;
  readonly source: Source;
  readonly settings: Settings;
  readonly draining: { readonly value: boolean };
  readonly log: Logger;
}

const breakerNumber = { closed: 0, open: 1, 'half-open': 2 } as const;

/** The running process, as the admin API shows it. */
export function makeView(parts: ViewParts): AdminView {
  const { mode, control, workers, shared, memories, health, metrics, source, settings, draining, log } =
    parts;
  const startedAt = new Date();
  const firstFetches = new FirstFetches(() => control.fetching);

  const ruleOf = (route: string, name: string): Rule | undefined =>
    control.model.routes.get(route)?.rules.find((rule) => rule.name === name);

  const upstream = (id: string): UpstreamState => upstreamState(id, control.placed, health, shared);

  return {
    mode,
    notReady: () => {
      const reasons: string[] = [];
      if (draining.value) reasons.push('shutting down');
      if (!source.synced) reasons.push('the objects have not been read completely');
      else if (control.revision === 0 || !workers.haveListened)
        reasons.push('the first configuration is not in every worker');
      else if (firstFetches.waitingFor().length > 0)
        reasons.push(`plugins are being fetched: ${firstFetches.waitingFor().join(', ')}`);
      if (workers.size === 0) reasons.push('no data worker is running');
      return reasons;
    },
    info: () => ({
      version: readVersion(),
      node: process.versions.node,
      mode,
      startedAt: startedAt.toISOString(),
      uptimeSeconds: Math.round(process.uptime()),
      ...(source.staleSince && {
        lastGood: { savedAt: source.staleSince.toISOString(), ageSeconds: ageOf(source.staleSince) },
      }),
      revision: control.revision,
      workers: workers.live.map(({ number, applied }) => ({ number, revision: applied })),
      listeners: settings.listeners,
      routes: control.model.routes.size,
      upstreams: control.model.upstreams.size,
      plugins: control.model.plugins.size,
    }),
    get model() {
      return control.model;
    },
    get plugins() {
      return control.plugins;
    },
    conditions: (key) => control.status(key)?.conditions ?? [],
    upstream,
    pools: async () => poolFigures(await workers.collect()),
    chain: (route, rule) => {
      const uses = ruleOf(route, rule)?.plugins ?? [];
      return pluginOrder(uses, control.plugins).map((use) => use.plugin);
    },
    stages: (route, name) => {
      const rule = ruleOf(route, name);
      if (!rule) return [];
      return stageOrder(rule, control.plugins).map(({ what }) =>
        typeof what === 'string' ? what : { plugin: what.plugin },
      );
    },
    explain: (question) =>
      explain(
        {
          model: control.model,
          settings,
          endpoints: (id) =>
            upstream(id).endpoints.map(({ endpoint, healthy, unhealthy }) => ({
              ...endpoint,
              healthy,
              ...(unhealthy !== undefined && { unhealthy }),
            })),
          pluginProblem: (id) => control.plugins.get(id)?.problem,
        },
        question,
      ),
    unload: (plugin) => control.unload(plugin),
    reload: (plugin) => control.reload(plugin),
    reports: async (ids) => {
      const counted = await workers.collect();
      return new Map(ids.map((id) => [id, pluginReport(id, counted)]));
    },
    settings: () => redactJson({ ...settings, logLevel: log.level }),
    heap: async () => ({
      process: process.memoryUsage(),
      resources: process.resourceUsage(),
      control: getHeapStatistics(),
      workers: await Promise.all(
        workers.live.map(async (worker) => ({ number: worker.number, heap: await worker.heap() })),
      ),
    }),
    logs: async () => {
      const texts = await Promise.all(workers.live.map((worker) => worker.recall()));
      return redactLog(inOrder([recentLines.text, ...texts]));
    },
    logLevels,
    setLogLevel: (level) => {
      log.level = level;
      workers.setLogLevel(level);
    },
    metrics: async () => {
      metrics.workers.set(workers.size);
      metrics.failingNames.set(control.failingNames);
      metrics.lastGoodAge.set(source.staleSince ? ageOf(source.staleSince) : 0);
      metrics.breakerState.reset();
      metrics.endpointHealthy.reset();
      metrics.upstreamPanic.reset();
      for (const id of control.model.upstreams.keys()) {
        const { breaker, endpoints, panic } = upstream(id);
        metrics.upstreamPanic.set({ upstream: id }, panic ? 1 : 0);
        if (breaker) metrics.breakerState.set({ upstream: id }, breakerNumber[breaker]);
        const passive = control.model.upstreams.get(id)?.outlierDetection !== undefined;
        for (const { endpoint, healthy, check } of endpoints) {
          const labels = { upstream: id, endpoint: authorityOf(endpoint) };
          if (check || passive) metrics.endpointHealthy.set(labels, healthy ? 1 : 0);
        }
      }
      const plugins = pluginMetricsJson(memories.readMetrics());
      return {
        contentType: metrics.contentType,
        text: await metrics.text([...(await workers.collect()), plugins]),
      };
    },
  };
}

const ageOf = (since: Date): number => Math.max(0, Math.round((Date.now() - since.getTime()) / 1000));
