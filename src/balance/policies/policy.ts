import type { Exchange } from '../../http/exchange.ts';
import type { ConsistentHash } from '../../model/upstream.ts';
import type { LiveEndpoint } from '../endpoints.ts';
import type { Warmth } from '../warmth.ts';

/** A way to spread requests over endpoints; one file each, one line in the registry. */
export interface Policy {
  /** As `load_balancer` of loom.yaml spells it. */
  readonly name: string;
  /**
   * Its picker is made of all endpoints of a group, once per change of the set, and steps over those that are unhealthy itself.
   * Others are made of the healthy ones, once per change of their health.
   */
  readonly ofAll?: true;
  /** Makes a picker for these endpoints, in the same order on every worker. Never per request. */
  build(endpoints: readonly LiveEndpoint[], settings: PolicySettings): Picker;
}

interface PolicySettings {
  readonly consistentHash?: ConsistentHash | undefined;
  /** While endpoints have their slow start. */
  readonly warmth?: Warmth | undefined;
}

/** Immutable: what it needs to remember lives in the shared state, so that it holds over all workers. */
export interface Picker {
  /** `exchange`: absent for what is no request of a client. @returns undefined when there is no endpoint, or `skip` has them all. */
  pick(source: PickSource, skip?: Skip, exchange?: Exchange): LiveEndpoint | undefined;
}

export interface PickSource {
  /** The next value of the upstream's turn counter, 0 to 2^32 - 1, then again 0. Each value goes to one pick of one worker. */
  turn(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Too few are healthy for that to count. */
  readonly panic: boolean;
}

/** Endpoints that this request has tried already. */
export interface Skip {
  readonly size: number;
  has(endpoint: LiveEndpoint): boolean;
}

/**
 * The turn as a place in [0, 1): multiples of the golden ratio modulo 1 (Knuth, TAOCP 3, section 6.4). Any run of turns,
 * and any every-n-th turn, falls evenly over the interval; all 2^32 turns meet 2^32 different places.
 */
export function place(turn: number): number {
  return (Math.imul(turn, 0x9e3779b1) >>> 0) / 2 ** 32;
}
