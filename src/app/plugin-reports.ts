import type { PluginReport } from '../admin/view.ts';
import { quantile } from '../telemetry/quantile.ts';
import type { MetricJson } from '../telemetry/series.ts';

const durations = 'loom_plugin_duration_seconds';

/** What the workers have counted about a plugin, as the admin API shows it. */
export function pluginReport(id: string, workers: readonly (readonly MetricJson[])[]): PluginReport {
  const metrics = workers.flat();
  const sum = (name: string): number =>
    metrics
      .filter((metric) => metric.name === `loom_plugin_${name}`)
      .flatMap(({ values }) => values.filter(({ labels }) => labels['plugin'] === id))
      .reduce((total, { value }) => total + value, 0);
  const milliseconds = (q: number): number | undefined => {
    const seconds = quantile(q, metrics, durations, { plugin: id });
    return seconds === undefined ? undefined : Math.round(seconds * 1e6) / 1000;
  };
  const instances = sum('instances');
  return {
    state: sum('failing') > 0 ? 'failing' : instances > 0 ? 'serving' : 'down',
    instances,
    memoryBytes: sum('memory_bytes'),
    calls: sum('calls_total'),
    failures: sum('failures_total'),
    killed: sum('killed_total'),
    replacements: sum('replacements_total'),
    recycled: sum('recycled_total'),
    callbackMs: { p50: milliseconds(0.5), p99: milliseconds(0.99) },
  };
}
