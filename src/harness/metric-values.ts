import type { PluginMetric } from '../telemetry/plugin-metrics.ts';

/** The values of all metrics of that name, one for each plugin that has defined it; for a histogram the number of its samples. */
export const metricValues = (
  metrics: readonly (readonly [plugin: string, metrics: readonly PluginMetric[]])[],
  name: string,
): readonly number[] =>
  metrics.flatMap(([, list]) => list.filter((metric) => metric.name === name).map(valueOf));

const valueOf = (metric: PluginMetric): number =>
  metric.type === 'histogram' ? metric.counts.reduce((sum, count) => sum + count, 0) : metric.value;
