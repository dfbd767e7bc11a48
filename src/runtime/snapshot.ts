import type { Cluster } from '../balance/cluster.ts';
import type { ErrorCode } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Stage } from '../middleware/middleware.ts';
import type { Timeouts } from '../model/model.ts';
import type { Found } from '../router/table.ts';

/** What one data worker does: everything that a request may see, compiled, immutable, swapped whole. */
export interface Snapshot {
  readonly revision: number;
  find(request: Exchange['request']): Found<CompiledRule> | undefined;
}

export interface CompiledRule {
  readonly route: string;
  readonly rule: string;
  /** In the order of the way to the upstream. */
  readonly stages: readonly Stage[];
  /** undefined: a stage answers. */
  readonly forward: ForwardTarget | undefined;
}

interface ForwardTarget {
  /** Picks one of the weighted backends. */
  choose(): Cluster | ErrorCode;
  readonly timeouts: Timeouts;
  /** undefined: the listener's limit. 0: none. */
  readonly maxRequestBodyBytes: number | undefined;
}

export const emptySnapshot: Snapshot = { revision: 0, find: () => undefined };
