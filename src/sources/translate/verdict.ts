import type { KubeObject } from '../../api/core.ts';
import type { ConditionState, Problem, Warning } from '../objects.ts';

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
