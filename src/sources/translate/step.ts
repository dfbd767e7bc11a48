import type { KubeObject } from '../../api/core.ts';
import type { ConditionState, Kind, ObjectSet, Warning } from '../objects.ts';
import type { Admission } from './admit.ts';
import type { Verdict } from './verdict.ts';
import type { World } from './world.ts';

/**
 * A part of the translation: makes of one object what it means. It finds in `world` and `objects` what others say, and is asked
 * again when something of that changes.
 */
export interface Step<K extends Kind = Kind> {
  /** It has one unit for each object of that kind. */
  readonly kind: K;
  /** Only for those of which another step has put something there. */
  readonly after?: 'annotated';
  /** Puts into `world` what the object means. Must be told of objects that are gone, too: it forgets them. */
  make(key: string, object: ReturnType<ObjectSet[K]['get']>, objects: ObjectSet, world: World): void;
}

export const noWarnings: readonly Warning[] = [];

/** Gives one result per version of an object, however often it is looked at. */
export class PerVersion<T> {
  readonly #made = new WeakMap<KubeObject, T>();

  get(version: KubeObject, make: () => T): T {
    if (!this.#made.has(version)) this.#made.set(version, make());
    return this.#made.get(version) as T;
  }
}

export function verdictOf(
  object: KubeObject,
  id: string,
  { admitted, condition, problems }: Admission<unknown>,
  resolvedRefs: ConditionState,
): Verdict {
  return {
    object,
    id,
    served: admitted !== undefined,
    accepted: condition,
    resolvedRefs,
    problems,
    warnings: noWarnings,
  };
}
