import type { Upstream } from '../../model/upstream.ts';
import { consistentHash } from './consistent-hash.ts';
import { leastConn } from './least-conn.ts';
import type { Policy } from './policy.ts';
import { random } from './random.ts';
import { roundRobin } from './round-robin.ts';
import { weighted } from './weighted.ts';

/** Every way to balance. The key is the value of `loadBalancer` in the model. */
export const policies = {
  RoundRobin: roundRobin,
  Weighted: weighted,
  LeastConn: leastConn,
  Random: random,
  ConsistentHash: consistentHash,
} as const satisfies Readonly<Record<Upstream['loadBalancer'], Policy>>;
