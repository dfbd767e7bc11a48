import type { LiveEndpoint } from '../endpoints.ts';

/** A way to spread requests over endpoints; one file each, one line in the registry. */
export interface Policy {
  /** As `load_balancer` of loom.yaml spells it. */
  readonly name: string;
  /** Makes a picker for these endpoints, all healthy, in the same order on every worker. Once per change, never per request. */
  build(endpoints: readonly LiveEndpoint[]): Picker;
}

/** Immutable: what it needs to remember lives in the shared state, so that it holds over all workers. */
export interface Picker {
  /** @returns undefined when there is no endpoint, or `skip` has them all. */
  pick(source: PickSource, skip?: Skip): LiveEndpoint | undefined;
}

export interface PickSource {
  /** The next value of the upstream's turn counter, 0 to 2^32 - 1, then again 0. Each value goes to one pick of one worker. */
  turn(): number;
  /** Uniform in [0, 1). */
  random(): number;
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
