import type { Cluster } from '../balance/cluster.ts';
import type { Middleware, Services, Site, Stage } from '../middleware/middleware.ts';
import { order } from '../middleware/order.ts';
import { middlewares } from '../middleware/registry.ts';
import type { PluginUse, Route, Rule } from '../model/model.ts';
import { phases, type Plugin } from '../model/plugin.ts';
import type { LoadedPlugin } from '../runtime/messages.ts';
import type { CompiledRule } from '../runtime/snapshot.ts';
import { compileBackends } from './backends.ts';

/** What the rules of a route are compiled against. */
export interface RuleWorld {
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly plugins: ReadonlyMap<string, LoadedPlugin>;
  /** The stage of a plugin with the configuration of one rule; a pause of the plugin ends after `requestMs`, 0 for never. */
  pluginStage(use: PluginUse, requestMs: number): Stage;
  readonly services: Services;
}

/** What decides where a plugin stands. */
type Ranked = Pick<Plugin, 'phase' | 'priority'>;

/** One stage of a rule before it is made. */
export interface PlacedStage {
  readonly at: number;
  /** Of a middleware its name; of a plugin its use. */
  readonly what: string | PluginUse;
}

export function compileRule(route: Route, rule: Rule, world: RuleWorld): CompiledRule {
  const placed = stageOrder(rule, world.plugins);
  const { action } = rule;
  return {
    route: route.id,
    rule: rule.name,
    priority: rule.priority ?? 'Normal',
    stages: placed.map(({ what }) =>
      typeof what === 'string'
        ? find(what).compile(rule.middleware[what], siteOf(route.id, rule.name, what, world.services))
        : world.pluginStage(what, rule.timeouts.requestMs),
    ),
    ownFrom: placed.filter(({ at }) => at <= order.plugins).length,
    forward:
      action.type === 'respond'
        ? undefined
        : {
            choose: compileBackends(action.backends, world.clusters),
            clusters: action.backends.flatMap(({ upstream }) => world.clusters.get(upstream) ?? []),
            timeouts: rule.timeouts,
            retries: rule.retries,
            maxRequestBodyBytes: rule.maxRequestBodyBytes,
          },
  };
}

/** The stages of a rule in the order in which they see a request. */
export function stageOrder(
  { middleware, plugins }: Pick<Rule, 'middleware' | 'plugins'>,
  known: ReadonlyMap<string, Ranked>,
): readonly PlacedStage[] {
  return [
    ...Object.keys(middleware).map((name) => ({ at: find(name).order, what: name })),
    ...pluginOrder(plugins, known).map((use) => ({ at: order.plugins, what: use })),
  ].toSorted((a, b) => a.at - b.at);
}

const find = (name: string): Middleware<unknown> => middlewares[name as keyof typeof middlewares];

function siteOf(route: string, rule: string, middleware: string, services: Services): Site {
  return {
    ...services,
    route,
    rule,
    counter: (outcome) => services.counter(route, rule, middleware, outcome),
  };
}

/** By phase, then priority (higher first), then name; a plugin that does not exist comes first, since it answers for the rule. */
export function pluginOrder(
  uses: readonly PluginUse[],
  plugins: ReadonlyMap<string, Ranked>,
): readonly PluginUse[] {
  const rank = (use: PluginUse): number => {
    const plugin = plugins.get(use.plugin);
    return plugin ? phases.indexOf(plugin.phase) : -1;
  };
  const priority = (use: PluginUse): number => plugins.get(use.plugin)?.priority ?? 0;
  return uses.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      priority(b) - priority(a) ||
      (a.plugin < b.plugin ? -1 : a.plugin > b.plugin ? 1 : 0),
  );
}
