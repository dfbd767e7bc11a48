import type { Condition } from '../../api/core.ts';
import type { ObjectStatus } from '../objects.ts';

/** metav1.Condition: an API server refuses more. */
const maxMessage = 32_768;

/**
 * The conditions that an object should show. `shown` are those that it has; the time of a transition stays while the status
 * does. `now` is RFC 3339 in seconds.
 */
export function toConditions(
  { object, conditions }: ObjectStatus,
  shown: readonly Condition[],
  now: string,
): readonly Condition[] {
  const { generation } = object.metadata;
  return conditions.map(({ type, status, reason, message }) => {
    const before = shown.find((condition) => condition.type === type);
    return {
      type,
      status,
      ...(generation !== undefined && { observedGeneration: generation }),
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : now,
      reason,
      message: message.slice(0, maxMessage),
    };
  });
}

/** Whether an object shows all of these conditions; others on it, and times, do not count. */
export function showsAll(shown: readonly Condition[], wanted: readonly Condition[]): boolean {
  return wanted.every((want) => {
    const has = shown.find(({ type }) => type === want.type);
    return (
      has?.status === want.status &&
      has.reason === want.reason &&
      has.message === want.message &&
      has.observedGeneration === want.observedGeneration
    );
  });
}
