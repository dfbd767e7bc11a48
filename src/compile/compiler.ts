import { Cluster } from '../balance/cluster.ts';
import { EndpointSet } from '../balance/endpoints.ts';
import type { SharedState } from '../balance/shared.ts';
import type { Services } from '../middleware/middleware.ts';
import type { PluginUse, Route } from '../model/model.ts';
import { NameIndex } from '../model/name-index.ts';
import { HostRouter } from '../router/hosts.ts';
import { HostTable } from '../router/table.ts';
import type { Resource } from '../runtime/cell.ts';
import type { Delta, Diagnostic, EndpointChange, ModelDelta, PlacedUpstream } from '../runtime/messages.ts';
import type { CompiledRule, Snapshot } from '../runtime/snapshot.ts';
import { byAge, entriesOf, hostsOf } from './entries.ts';
import { compileRule } from './rule.ts';
import { Slices } from './slices.ts';
import type { PluginPool } from './plugins.ts';

export interface Compiled {
  readonly snapshot: Snapshot;
  /** What the snapshot before used and this one does not. */
  readonly dropped: readonly Resource[];
  readonly diagnostics: readonly Diagnostic[];
}

interface CompiledRoute {
  readonly route: Route;
  readonly rules: readonly CompiledRule[];
}

/**
 * Model to Snapshot. Keeps the parts of the last snapshot and makes anew only what a delta touches: the changed routes,
 * those that use a changed upstream or plugin, and the tables of their hosts. One delta at a time. Never throws for what a
 * user wrote.
 */
export class Compiler {
  readonly #shared: SharedState;
  readonly #pluginPool: PluginPool;
  readonly #services: Services;
  readonly #gone: (upstream: string, authority: string) => void;
  readonly #catchUp: () => void;
  readonly #endpointSets = new Map<string, EndpointSet>();
  readonly #clusters = new Map<string, Cluster>();
  readonly #routes = new Map<string, CompiledRoute>();
  readonly #hosts = new NameIndex();
  /** Upstream or plugin → the routes that name it. They share one index: a clash only compiles one route too many. */
  readonly #users = new NameIndex();
  /** Those of `#clusters` that want connections before there are requests. */
  readonly #prewarmed = new Map<string, Cluster>();
  #router = HostRouter.of<CompiledRule>(new Map());

  /** `gone` is told of endpoints that an upstream has no more; `catchUp` calls `setEndpoints` with what nobody has looked at. */
  constructor(
    shared: SharedState,
    pluginPool: PluginPool,
    services: Services,
    gone: (upstream: string, authority: string) => void = () => undefined,
    catchUp: () => void = () => undefined,
  ) {
    this.#catchUp = catchUp;
    this.#gone = gone;
    this.#shared = shared;
    this.#pluginPool = pluginPool;
    this.#services = services;
  }

  /** Takes effect at once, in every snapshot that uses the upstream. */
  setEndpoints(changes: readonly EndpointChange[]): void {
    for (const { upstream, endpoints } of changes)
      for (const authority of this.#endpointSet(upstream).replace(endpoints)) this.#gone(upstream, authority);
  }

  /** The upstream of that id, as the last `apply` made it. */
  cluster(id: string): Cluster | undefined {
    return this.#clusters.get(id);
  }

  /** Upstreams that want connections before there are requests. */
  get prewarmed(): Iterable<Cluster> {
    return this.#prewarmed.values();
  }

  async apply(revision: number, delta: ModelDelta): Promise<Compiled> {
    const slices = new Slices();
    const dropped: Resource[] = [];
    this.setEndpoints(delta.endpoints);
    const changed = new Set<string>();
    this.#applyUpstreams(delta.upstreams, changed, dropped);
    this.#pluginPool.apply(delta.plugins, changed, dropped);
    const stale = this.#staleRoutes(delta.routes, changed);
    const hosts = new Set<string>();
    for (const [id, route] of stale) {
      this.#replaceRoute(id, route, hosts, dropped);
      if (slices.due) await slices.rest();
    }
    this.#pluginPool.settle(dropped);
    await this.#rebuildTables(hosts, slices);
    const router = this.#router;
    return {
      snapshot: { revision, find: (request) => router.find(request) },
      dropped,
      diagnostics: this.#pluginPool.diagnostics(),
    };
  }

  #applyUpstreams(delta: Delta<PlacedUpstream>, changed: Set<string>, dropped: Resource[]): void {
    for (const upstream of delta.set) {
      const old = this.#clusters.get(upstream.id);
      if (old) dropped.push(old);
      const cluster = new Cluster(upstream, this.#endpointSet(upstream.id), this.#shared);
      this.#clusters.set(upstream.id, cluster);
      if (upstream.pool?.prewarm === undefined) this.#prewarmed.delete(upstream.id);
      else this.#prewarmed.set(upstream.id, cluster);
      changed.add(upstream.id);
    }
    for (const id of delta.removed) {
      const old = this.#clusters.get(id);
      if (old) dropped.push(old);
      this.#clusters.delete(id);
      this.#prewarmed.delete(id);
      for (const { authority } of this.#endpointSet(id).current) this.#gone(id, authority);
      this.#endpointSets.delete(id);
      changed.add(id);
    }
  }

  #endpointSet(upstream: string): EndpointSet {
    let set = this.#endpointSets.get(upstream);
    if (!set) this.#endpointSets.set(upstream, (set = new EndpointSet(this.#shared, this.#catchUp)));
    return set;
  }

  /** Every route to compile, with its new version; undefined for one that is gone. */
  #staleRoutes(delta: Delta<Route>, changed: ReadonlySet<string>): ReadonlyMap<string, Route | undefined> {
    const stale = new Map<string, Route | undefined>();
    for (const id of changed)
      for (const user of this.#users.of(id)) stale.set(user, this.#routes.get(user)?.route);
    for (const id of delta.removed) stale.set(id, undefined);
    for (const route of delta.set) stale.set(route.id, route);
    return stale;
  }

  #replaceRoute(id: string, route: Route | undefined, hosts: Set<string>, dropped: Resource[]): void {
    const old = this.#routes.get(id);
    if (old) {
      for (const rule of old.rules)
        for (const stage of rule.stages) if (stage.close) dropped.push(stage as Resource);
      for (const host of hostsOf(old.route)) {
        this.#hosts.remove(host, id);
        hosts.add(host);
      }
      for (const used of uses(old.route)) this.#users.remove(used, id);
      this.#routes.delete(id);
    }
    if (!route) return;
    this.#routes.set(id, this.#compileRoute(route));
    for (const used of uses(route)) this.#users.add(used, id);
    for (const host of hostsOf(route)) {
      this.#hosts.add(host, id);
      hosts.add(host);
    }
  }

  #compileRoute(route: Route): CompiledRoute {
    const world = {
      clusters: this.#clusters,
      plugins: this.#pluginPool.plugins,
      services: this.#services,
      pluginStage: (use: PluginUse, requestMs: number) => this.#pluginPool.stage(use, requestMs, route.id),
    };
    const rules = route.rules.map((rule) => compileRule(route, rule, world));
    return { route, rules };
  }

  /** A new router with the old tables of all other hosts: the snapshot in use keeps its own. */
  async #rebuildTables(hosts: ReadonlySet<string>, slices: Slices): Promise<void> {
    const tables = new Map<string, HostTable<CompiledRule> | undefined>();
    for (const host of hosts) {
      const ids = [...this.#hosts.of(host)];
      if (ids.length === 0) {
        tables.set(host, undefined);
      } else {
        const routes = ids
          .map((id) => this.#routes.get(id) as CompiledRoute)
          .toSorted((a, b) => byAge(a.route, b.route));
        tables.set(
          host,
          await HostTable.build(
            routes.flatMap(({ route, rules }) => entriesOf(route, rules)),
            slices,
          ),
        );
      }
      if (slices.due) await slices.rest();
    }
    this.#router = this.#router.with(tables);
  }
}

/** Ids of the upstreams and plugins that a route names. */
function uses(route: Route): readonly string[] {
  return route.rules.flatMap((rule) => [
    ...rule.plugins.map((use) => use.plugin),
    ...(rule.action.type === 'forward' ? rule.action.backends.map((backend) => backend.upstream) : []),
  ]);
}
