import type { Cluster } from '../balance/cluster.ts';
import type { ErrorCode } from '../errors.ts';
import type { Backend } from '../model/model.ts';

/** A choice in proportion to the weights. A backend that does not exist keeps its share, which is answered with an error. */
export function compileBackends(
  backends: readonly Backend[],
  clusters: ReadonlyMap<string, Cluster>,
  random: () => number = Math.random,
): () => Cluster | ErrorCode {
  const choices = backends
    .filter(({ weight }) => weight > 0)
    .map(({ upstream, weight }) => ({
      weight,
      target: clusters.get(upstream) ?? ('backend-missing' as const),
    }));
  const [first] = choices;
  if (!first) return () => 'no-endpoint';
  if (choices.length === 1) return () => first.target;
  let total = 0;
  const limits = choices.map(({ weight }) => (total += weight));
  return () => {
    const point = random() * total;
    let i = 0;
    while (i < limits.length - 1 && point >= (limits[i] as number)) i++;
    return (choices[i] ?? first).target;
  };
}
