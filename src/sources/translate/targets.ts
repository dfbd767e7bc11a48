import type { WasmPluginSpec } from '../../api/types.gen.ts';
import type { PluginUse, Route, Rule } from '../../model/model.ts';
import { configText } from './plugin.ts';
import { idOf } from './route.ts';
import type { Backing } from './world.ts';

/** One choice of rules that get a plugin without naming it; an empty list is no condition. */
export interface Target {
  readonly use: PluginUse;
  readonly routes: readonly string[];
  readonly hosts: readonly string[];
  /** Ids. */
  readonly services: readonly string[];
}

export function toTargets(plugin: string, namespace: string, spec: WasmPluginSpec): readonly Target[] {
  return (spec.targets ?? []).map(({ routes, hosts, services, config }) => ({
    use: config === undefined ? { plugin } : { plugin, config: configText(config) },
    routes: (routes ?? []).map((name) => idOf(namespace, name)),
    hosts: hosts ?? [],
    services: (services ?? []).map((name) => idOf(namespace, name)),
  }));
}

/** Gives rules the plugins whose targets they are. A rule that names a plugin itself keeps its own use of it. */
export class Targeting {
  /** A route with what it got keeps its identity as long as that is the same. */
  readonly #known = new WeakMap<Route, { readonly added: string; readonly route: Route }>();

  /** `targets` are those of the route's namespace. */
  apply(route: Route, targets: readonly Target[] | undefined, backings: ReadonlyMap<string, Backing>): Route {
    if (!targets) return route;
    const added = route.rules.map((rule) => usesFor(route, rule, targets, backings));
    if (added.every((uses) => uses.length === 0)) return route;
    const key = JSON.stringify(added);
    const known = this.#known.get(route);
    if (known?.added === key) return known.route;
    const rules = route.rules.map((rule, i) => ({
      ...rule,
      plugins: [...rule.plugins, ...(added[i] ?? [])],
    }));
    const targeted = { ...route, rules };
    this.#known.set(route, { added: key, route: targeted });
    return targeted;
  }
}

/** The first target of a plugin that fits counts. */
function usesFor(
  route: Route,
  rule: Rule,
  targets: readonly Target[],
  backings: ReadonlyMap<string, Backing>,
): readonly PluginUse[] {
  const uses = new Map<string, PluginUse>();
  for (const target of targets) {
    const { plugin } = target.use;
    if (uses.has(plugin) || rule.plugins.some((use) => use.plugin === plugin)) continue;
    if (fits(target, route, rule, backings)) uses.set(plugin, target.use);
  }
  return [...uses.values()];
}

function fits(target: Target, route: Route, rule: Rule, backings: ReadonlyMap<string, Backing>): boolean {
  const { routes, hosts, services } = target;
  if (routes.length > 0 && !routes.includes(route.id)) return false;
  if (hosts.length > 0 && !route.hosts.some((host) => hosts.includes(host))) return false;
  if (services.length === 0) return true;
  if (rule.action.type === 'respond') return false;
  return rule.action.backends.some(({ upstream }) => {
    const service = backings.get(upstream)?.service;
    return service !== undefined && services.includes(service);
  });
}
