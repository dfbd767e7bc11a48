import type { BasicAuth, Route, Rule } from '../model/model.ts';
import type { AdminView, PluginReport, PoolState } from './view.ts';

/** The JSON of one route, plugin or upstream. Field names are part of the interface: docs/admin-api.yaml has them all. */

export function routeJson(view: AdminView, route: Route): object {
  return {
    id: route.id,
    hosts: route.hosts.length > 0 ? route.hosts : ['*'],
    rules: route.rules.map((rule) => ({
      name: rule.name,
      matches: rule.matches,
      backends: rule.action.type === 'forward' ? rule.action.backends : [],
      plugins: view.chain(route.id, rule.name),
      timeouts: rule.timeouts,
      priority: rule.priority ?? 'Normal',
      stages: view.stages(route.id, rule.name),
      middleware: shown(rule.middleware),
    })),
    conditions: view.conditions(`LoomRoute:${route.id}`),
  };
}

/** Settings without the hashes of passwords, which are not for everyone who may look. */
function shown(middleware: Rule['middleware']): Rule['middleware'] {
  const settings = middleware['basicAuth'] as BasicAuth | undefined;
  if (!settings) return middleware;
  const { users: _, ...basicAuth } = settings;
  return { ...middleware, basicAuth };
}

/** Those upstreams with what the workers have counted. */
export async function upstreamsJson(view: AdminView, ids: readonly string[]): Promise<readonly object[]> {
  const pools = await view.pools();
  return ids.map((id) => upstreamJson(view, id, pools.get(id)));
}

function upstreamJson(view: AdminView, id: string, pool: PoolState | undefined): object {
  const upstream = view.model.upstreams.get(id);
  const { endpoints, breaker, panic } = view.upstream(id);
  const { healthCheck, outlierDetection, consistentHash, slowStart } = upstream ?? {};
  // Neither the secret of cookies nor the credentials of probes are for everyone who may look.
  const { secret: _, ...stickyCookie } = upstream?.stickyCookie ?? {};
  const headers = healthCheck?.headers?.map(({ name }) => name);
  return {
    name: id,
    loadBalancer: upstream?.loadBalancer,
    consistentHash,
    stickyCookie: upstream?.stickyCookie && stickyCookie,
    slowStart,
    panic,
    healthCheck: healthCheck && { ...healthCheck, headers },
    outlierDetection,
    circuitBreaker: upstream?.circuitBreaker && { ...upstream.circuitBreaker, state: breaker },
    connectTimeoutMs: upstream?.connectTimeoutMs,
    limits: upstream?.limits,
    pool: { ...upstream?.pool, ...connectionsOf(pool) },
    endpoints: endpoints.map(({ endpoint, healthy, unhealthy, ejectedUntil, inFlight, check }) => ({
      ...endpoint,
      healthy,
      unhealthy,
      ejectedUntil,
      inFlight,
      check,
    })),
    usedBy: usersOf(
      view,
      (rule) => rule.action.type === 'forward' && rule.action.backends.some((b) => b.upstream === id),
    ),
    conditions: view.conditions(`LoomUpstream:${id}`),
  };
}

const connectionsOf = ({ idle, busy, pending }: PoolState = { idle: 0, busy: 0, pending: 0 }): object => ({
  open: idle + busy,
  idle,
  busy,
  pending,
});

/** In an order that does not depend on what came when. */
export const byId = <T>(things: ReadonlyMap<string, T>): readonly T[] =>
  [...things].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, thing]) => thing);

/** Those plugins with what the workers have counted. */
export async function pluginsJson(view: AdminView, ids: readonly string[]): Promise<readonly object[]> {
  const reports = await view.reports(ids);
  return ids.map((id) => pluginJson(view, id, reports.get(id)));
}

function pluginJson(view: AdminView, id: string, report: PluginReport | undefined): object {
  const plugin = view.model.plugins.get(id);
  const loaded = view.plugins.get(id);
  return {
    name: id,
    version: loaded?.version ?? 0,
    digest: loaded?.digest || undefined,
    loaded: loaded?.module !== undefined,
    unknownImports: loaded?.unimplemented ?? [],
    problem: loaded?.problem,
    source: plugin?.source,
    origin: loaded?.origin,
    phase: plugin?.phase,
    priority: plugin?.priority,
    failurePolicy: plugin?.failurePolicy,
    isolation: plugin?.isolation,
    limits: plugin?.limits,
    ...report,
    usedBy: usersOf(view, (rule) => rule.plugins.some((use) => use.plugin === id)),
    targets: targetsOf(view, id),
    conditions: view.conditions(`WasmPlugin:${id}`),
  };
}

/** Every rule that the plugin sees requests of, with the chain that it is part of there. */
function targetsOf(view: AdminView, id: string): readonly object[] {
  return byId(view.model.routes).flatMap((route) =>
    route.rules.flatMap((rule) =>
      rule.plugins
        .filter((use) => use.plugin === id)
        .map(({ config }) => ({
          route: route.id,
          rule: rule.name,
          config,
          chain: view.chain(route.id, rule.name),
        })),
    ),
  );
}

function usersOf(view: AdminView, uses: (rule: Route['rules'][number]) => boolean): readonly string[] {
  return byId(view.model.routes)
    .filter((route) => route.rules.some(uses))
    .map((route) => route.id);
}
