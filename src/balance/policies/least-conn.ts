import { machineMs } from '../clock.ts';
import type { LiveEndpoint } from '../endpoints.ts';
import type { Warmth } from '../warmth.ts';
import type { PickSource, Policy } from './policy.ts';

/** Largest set in which every count is looked at. That costs some 15 ns an endpoint (hack/bench/pick.ts), so 0.5 us here; two choices cost 0.1 us in a set of any size. */
export const maxScan = 32;

/** The endpoint with the fewest requests in flight over all workers; those with equally few in turn. One in its slow start counts for more. */
export const leastConn: Policy = {
  name: 'least_conn',
  build(endpoints, { warmth }) {
    // Room for one pick's ties, so that a pick allocates nothing; a pick ends before the next begins.
    const ties = new Int32Array(endpoints.length);
    return {
      pick(source, skip) {
        if (endpoints.length > maxScan && !skip?.size) return fewerOfTwo(endpoints, source, warmth);
        const now = warmth ? machineMs() : 0;
        let fewest = Infinity;
        let count = 0;
        for (let i = 0; i < endpoints.length; i++) {
          const endpoint = endpoints[i] as LiveEndpoint;
          if (skip?.has(endpoint)) continue;
          const load = warmth ? (endpoint.inFlight + 1) / warmth.share(endpoint, now) : endpoint.inFlight;
          if (load > fewest) continue;
          if (load < fewest) count = 0;
          fewest = load;
          ties[count++] = i;
        }
        if (count === 0) return undefined;
        return endpoints[ties[count === 1 ? 0 : source.turn() % count] as number];
      },
    };
  },
};

/**
 * Power of two choices (Mitzenmacher 1996): of two different endpoints drawn at random the one with fewer in flight. In a
 * large set nearly as even as the fewest of all, at a cost that does not grow with the set.
 */
function fewerOfTwo(
  endpoints: readonly LiveEndpoint[],
  source: PickSource,
  warmth: Warmth | undefined,
): LiveEndpoint {
  const i = Math.floor(source.random() * endpoints.length);
  const j = Math.floor(source.random() * (endpoints.length - 1));
  const one = endpoints[i] as LiveEndpoint;
  const other = endpoints[j < i ? j : j + 1] as LiveEndpoint;
  if (!warmth) return other.inFlight < one.inFlight ? other : one;
  const now = machineMs();
  const load = (other.inFlight + 1) * warmth.share(one, now);
  return load < (one.inFlight + 1) * warmth.share(other, now) ? other : one;
}
