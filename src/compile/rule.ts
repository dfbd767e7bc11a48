import type { Cluster } from '../balance/cluster.ts';
import type { Middleware, Stage } from '../middleware/middleware.ts';
import { order } from '../middleware/order.ts';
import { middlewares } from '../middleware/registry.ts';
import { phases, type PluginUse, type Route, type Rule } from '../model/model.ts';
import type { LoadedPlugin } from '../runtime/messages.ts';
import type { CompiledRule } from '../runtime/snapshot.ts';
import { compileBackends } from './backends.ts';

/** What the rules of a route are compiled against. */
export interface RuleWorld {
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly plugins: ReadonlyMap<string, LoadedPlugin>;
  /** The stage of a plugin with the configuration of one rule; a pause of the plugin ends after `requestMs`, 0 for never. */
  pluginStage(use: PluginUse, requestMs: number): Stage;
}

export function compileRule(route: Route, rule: Rule, world: RuleWorld): CompiledRule {
  const placed = [
    ...Object.entries(rule.middleware).map(([name, settings]) => {
      const middleware = middlewares[name as keyof typeof middlewares] as Middleware<unknown>;
      return { at: middleware.order, stage: () => middleware.compile(settings) };
    }),
    ...pluginOrder(rule.plugins, world.plugins).map((use) => ({
      at: order.plugins,
      stage: () => world.pluginStage(use, rule.timeouts.requestMs),
    })),
  ];
  const { action } = rule;
  return {
    route: route.id,
    rule: rule.name,
    stages: placed.toSorted((a, b) => a.at - b.at).map(({ stage }) => stage()),
    ownFrom: placed.filter(({ at }) => at <= order.plugins).length,
    forward:
      action.type === 'respond'
        ? undefined
        : {
            choose: compileBackends(action.backends, world.clusters),
            clusters: action.backends.flatMap(({ upstream }) => world.clusters.get(upstream) ?? []),
            timeouts: rule.timeouts,
            maxRequestBodyBytes: rule.maxRequestBodyBytes,
          },
  };
}

/** By phase, then priority (higher first), then name; a plugin that does not exist comes first, since it answers for the rule. */
export function pluginOrder(
  uses: readonly PluginUse[],
  plugins: ReadonlyMap<string, LoadedPlugin>,
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
