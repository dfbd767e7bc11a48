import type { KubeObject } from '../../api/core.ts';
import type { ConditionState, Problem, Warning } from '../objects.ts';
import type { Conflict } from './conflicts.ts';

/** What translation found out about one object. Whether it is programmed is for the workers to say. */
export interface Verdict {
  readonly object: KubeObject;
  /** Id in the model of what this object became, or would have become. */
  readonly id: string;
  /** False when nothing of it is served: invalid, and no earlier version was valid. */
  readonly served: boolean;
  readonly accepted: ConditionState;
  readonly resolvedRefs: ConditionState;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Warning[];
}

export const accepted: ConditionState = {
  type: 'Accepted',
  status: 'True',
  reason: 'Accepted',
  message: 'The object is valid.',
};

export const resolved: ConditionState = {
  type: 'ResolvedRefs',
  status: 'True',
  reason: 'ResolvedRefs',
  message: 'All references are resolved.',
};

export function refused(reason: string, message: string): ConditionState {
  return { type: 'Accepted', status: 'False', reason, message };
}

export function unresolved(reason: string, message: string): ConditionState {
  return { type: 'ResolvedRefs', status: 'False', reason, message };
}

/** Losing a claim refuses nothing but what was lost. */
export function withConflicts(verdict: Verdict, conflicts: readonly Conflict[]): Verdict {
  if (conflicts.length === 0 || verdict.accepted.status === 'False') return verdict;
  const lost = conflicts
    .slice(0, 8)
    .map((c) => `rule ${c.rule}: ${c.claim} belongs to the older route ${c.winner}`);
  const more = conflicts.length > lost.length ? `; and ${conflicts.length - lost.length} more` : '';
  return {
    ...verdict,
    accepted: refused('Conflicted', `${lost.join('; ')}${more}. The rest of the route is served.`),
  };
}
