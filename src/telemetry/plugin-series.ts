import type { MetricJson } from './series.ts';

/** What one worker knows of a plugin; a state of `failing` means that its breaker is open. */
interface PluginFigures {
  readonly state: string;
  readonly instances: number;
  readonly memoryBytes: number;
  readonly calls: number;
  readonly failures: number;
  readonly killed: number;
  readonly replacements: number;
  readonly recycled: number;
}

interface Series {
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly value: (of: PluginFigures) => number;
}

/** By name. All are summed over the workers. */
const series: Readonly<Record<string, Series>> = {
  loom_plugin_instances: {
    type: 'gauge',
    help: 'Living instances of a plugin.',
    value: ({ instances }) => instances,
  },
  loom_plugin_memory_bytes: {
    type: 'gauge',
    help: 'Linear memory of the living instances of a plugin.',
    value: ({ memoryBytes }) => memoryBytes,
  },
  loom_plugin_failing: {
    type: 'gauge',
    help: 'Data workers in which the plugin was taken out, because it kept failing.',
    value: ({ state }) => (state === 'failing' ? 1 : 0),
  },
  loom_plugin_calls_total: {
    type: 'counter',
    help: 'Calls into a plugin.',
    value: ({ calls }) => calls,
  },
  loom_plugin_failures_total: {
    type: 'counter',
    help: 'Instances of a plugin that failed.',
    value: ({ failures }) => failures,
  },
  loom_plugin_killed_total: {
    type: 'counter',
    help: 'Instances of a plugin that were ended because they computed for too long.',
    value: ({ killed }) => killed,
  },
  loom_plugin_replacements_total: {
    type: 'counter',
    help: 'Instances of a plugin that took the place of a failed one.',
    value: ({ replacements }) => replacements,
  },
  loom_plugin_recycled_total: {
    type: 'counter',
    help: 'Instances of a plugin that were replaced because their memory had grown.',
    value: ({ recycled }) => recycled,
  },
};

/** By plugin id. */
export function pluginSeries(plugins: ReadonlyMap<string, PluginFigures>): MetricJson[] {
  return Object.entries(series).map(([name, { type, help, value }]) => ({
    name,
    help,
    type,
    aggregator: 'sum',
    values: [...plugins].map(([plugin, figures]) => ({ value: value(figures), labels: { plugin } })),
  }));
}
