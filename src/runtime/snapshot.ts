import type { Exchange } from '../http/exchange.ts';
import type { Stage } from '../middleware/middleware.ts';
import type { Priority } from '../model/model.ts';
import type { Found } from '../router/table.ts';
import type { ForwardTarget } from '../upstream/forward.ts';

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
  /**
   * Index of the first stage after the plugins. When a plugin changes the route of a request, the stages before it stay,
   * as Envoy's filters do, and those from there on are the new rule's.
   */
  readonly ownFrom: number;
  /** undefined: a stage answers. */
  readonly forward: ForwardTarget | undefined;
  readonly priority: Priority;
}

export const emptySnapshot: Snapshot = { revision: 0, find: () => undefined };
