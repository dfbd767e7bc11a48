import type { MetricJson } from './series.ts';

/**
 * The value below which the part `q` of all observations lies, from the buckets of a histogram summed over `metrics` and all
 * series whose labels include `labels`; linear within a bucket, as Prometheus' histogram_quantile. Undefined without observations.
 */
export function quantile(
  q: number,
  metrics: readonly MetricJson[],
  name: string,
  labels: Readonly<Record<string, string>>,
): number | undefined {
  const buckets = new Map<number, number>();
  for (const { values } of metrics.filter((metric) => metric.name === name)) {
    for (const { value, labels: found, metricName } of values) {
      if (metricName !== `${name}_bucket`) continue;
      if (!Object.entries(labels).every(([label, wanted]) => found[label] === wanted)) continue;
      const bound = found['le'] === '+Inf' ? Infinity : Number(found['le']);
      buckets.set(bound, (buckets.get(bound) ?? 0) + value);
    }
  }
  const sorted = [...buckets].toSorted(([a], [b]) => a - b);
  const wanted = q * (sorted.at(-1)?.[1] ?? 0);
  if (wanted === 0) return undefined;
  let [low, below] = [0, 0];
  for (const [bound, upTo] of sorted) {
    if (upTo >= wanted)
      return bound === Infinity ? low : low + ((bound - low) * (wanted - below)) / (upTo - below);
    [low, below] = [bound, upTo];
  }
  return low;
}
