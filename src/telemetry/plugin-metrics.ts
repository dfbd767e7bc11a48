import type { MetricJson } from './series.ts';

/** A metric that a plugin has defined, with its sum over all workers. `name` is the plugin's own. */
export type PluginMetric = { readonly name: string } & (
  | { readonly type: 'counter' | 'gauge'; readonly value: number }
  | {
      readonly type: 'histogram';
      readonly bounds: readonly number[];
      /** One more than bounds, not accumulated. */
      readonly counts: readonly number[];
      readonly sum: number;
    }
);

type Labels = Record<string, string | number>;
interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: PluginMetric['type'];
  readonly aggregator: 'sum';
  readonly values: { value: number; labels: Labels; metricName?: string }[];
}

/**
 * The metrics of plugins for a scrape, by plugin id. As in Envoy's Prometheus output a name stands as the plugin gave it,
 * without a prefix, and Istio's embedded tags (`tag=.=value;.;name`) become labels. Dots and whatever else Prometheus does
 * not take become underscores. No plugin can write into a series of Loom or into that of another plugin.
 */
export function pluginMetricsJson(
  plugins: Iterable<readonly [plugin: string, metrics: readonly PluginMetric[]]>,
): readonly MetricJson[] {
  const families = new Map<string, Family>();
  for (const [plugin, metrics] of plugins) {
    for (const metric of metrics) {
      const { name, tags } = parsed(metric.name);
      familyOf(families, name, metric.type).values.push(...valuesOf(metric, name, { ...tags, plugin }));
    }
  }
  return [...families.values()];
}

/** Two plugins may give one name to metrics of two types; Prometheus wants one type, which is that of the first. */
function familyOf(families: Map<string, Family>, wanted: string, type: PluginMetric['type']): Family {
  const known = families.get(wanted);
  if (known) return known.type === type ? known : familyOf(families, `${wanted}_${type}`, type);
  const family: Family = { name: wanted, help: 'Defined by a plugin.', type, aggregator: 'sum', values: [] };
  families.set(wanted, family);
  return family;
}

function parsed(text: string): { readonly name: string; readonly tags: Labels } {
  const parts = text.split(';.;');
  const plain = sanitised(parts.pop() ?? '');
  const tags: Labels = {};
  for (const part of parts) {
    const at = part.indexOf('=.=');
    if (at < 0) continue;
    const label = sanitised(part.slice(0, at));
    // As Prometheus does it with the labels of a target that clash with its own.
    tags[label === 'plugin' || label === 'le' ? `exported_${label}` : label] = part.slice(at + 3);
  }
  return { name: plain.startsWith('loom_') ? `plugin_${plain}` : plain, tags };
}

const sanitised = (name: string): string => name.replaceAll(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d|$)/, '_');

function valuesOf(metric: PluginMetric, name: string, labels: Labels): Family['values'] {
  if (metric.type !== 'histogram') return [{ value: metric.value, labels }];
  let total = 0;
  const buckets = metric.counts.map((count, i) => ({
    value: (total += count),
    labels: { le: metric.bounds[i] ?? '+Inf', ...labels },
    metricName: `${name}_bucket`,
  }));
  return [
    ...buckets,
    { value: metric.sum, labels, metricName: `${name}_sum` },
    { value: total, labels, metricName: `${name}_count` },
  ];
}
