import type { OutlierDetection } from '../../model/upstream.ts';
import type { Reason } from './ejection.ts';

/** What one endpoint did in an interval. */
export interface Sample {
  readonly requests: number;
  readonly errors: number;
  /** Sum over the requests without error. */
  readonly latencyMs: number;
}

/** Shorter differences say nothing about an endpoint. */
const leastDifferenceMs = 5;

/** Which endpoints stand out, in their order; undefined for those that do not, or had too few requests to tell. */
export function findOutliers(
  samples: readonly Sample[],
  { errorPercent, latencyFactor, minRequests }: OutlierDetection,
): readonly (Reason | undefined)[] {
  const means = samples.map(({ requests, errors, latencyMs }) => {
    const good = requests - errors;
    return good > 0 && good >= minRequests ? latencyMs / good : undefined;
  });
  return samples.map(({ requests, errors }, i) => {
    if (requests === 0 || requests < minRequests) return undefined;
    if (errorPercent > 0 && 100 * errors >= errorPercent * requests) return 2;
    const mean = means[i];
    if (latencyFactor === 0 || mean === undefined) return undefined;
    const usual = median(means.filter((other, j): other is number => j !== i && other !== undefined));
    if (usual === undefined || mean < usual + leastDifferenceMs) return undefined;
    return mean > latencyFactor * usual ? 3 : undefined;
  });
}

/** The lower one of an even number; undefined of none. */
function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1];
}
