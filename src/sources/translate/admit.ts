import type { KubeObject } from '../../api/core.ts';
import type { LoomRouteSpec, LoomUpstreamSpec, WasmPluginSpec } from '../../api/types.gen.ts';
import { fieldOf } from '../../model/problem.ts';
import { validate } from '../../model/validate.ts';
import type { ConditionState, Problem } from '../objects.ts';
import { accepted, refused } from './verdict.ts';

interface Specs {
  LoomRoute: LoomRouteSpec;
  LoomUpstream: LoomUpstreamSpec;
  WasmPlugin: WasmPluginSpec;
}

/** The version of an object that is to be served, which may be an older one than the source shows. */
export interface Admitted<S> {
  readonly spec: S;
  /** The object that the spec is of. */
  readonly version: KubeObject;
}

export interface Admission<S> {
  readonly admitted: Admitted<S> | undefined;
  readonly condition: ConditionState;
  readonly problems: readonly Problem[];
}

/**
 * Validates objects of one kind, once per version, and remembers the last valid version of each: that one goes on being
 * served while a newer one is invalid.
 */
export class Admitter<K extends keyof Specs> {
  readonly #kind: K;
  readonly #known = new WeakMap<KubeObject, Admission<Specs[K]>>();
  readonly #lastGood = new Map<string, Admitted<Specs[K]>>();

  constructor(kind: K) {
    this.#kind = kind;
  }

  admit(key: string, object: KubeObject): Admission<Specs[K]> {
    let admission = this.#known.get(object);
    if (!admission) {
      admission = this.#judge(key, object);
      this.#known.set(object, admission);
    }
    if (admission.admitted) this.#lastGood.set(key, admission.admitted);
    return admission;
  }

  /** Forgets objects that are gone. */
  keep(keys: { has(key: string): boolean }): void {
    for (const key of this.#lastGood.keys()) if (!keys.has(key)) this.#lastGood.delete(key);
  }

  #judge(key: string, object: KubeObject): Admission<Specs[K]> {
    const result = validate(this.#kind, object);
    if ('spec' in result) {
      return {
        admitted: { spec: result.spec, version: object },
        condition: accepted,
        problems: [],
      };
    }
    const { problems } = result;
    const text = problems.map((p) => `${fieldOf(p.path)}: ${p.message}`).join('; ');
    const last = this.#lastGood.get(key);
    const served = last ? ' The last valid version goes on being served.' : '';
    return { admitted: last, condition: refused('Invalid', `${text}.${served}`), problems };
  }
}
