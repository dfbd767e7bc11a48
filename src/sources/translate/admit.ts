import type { KubeObject, ObjectMeta } from '../../api/core.ts';
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

/** What is to be served of an object, which may be an older version than the source shows. */
export interface Admission<T> {
  readonly admitted: T | undefined;
  readonly condition: ConditionState;
  readonly problems: readonly Problem[];
}

/**
 * Validates objects of one kind and says what they mean, once per version, and remembers what the last valid version of each meant:
 * that goes on being served while a newer one is invalid.
 */
export class Admitter<K extends keyof Specs, T> {
  readonly #kind: K;
  readonly #tell: (spec: Specs[K], key: string, meta: ObjectMeta) => T;
  readonly #known = new Map<string, { readonly version: KubeObject; readonly admission: Admission<T> }>();

  /** `tell` says what a valid spec means. The spec itself is not kept: it is several times as large. */
  constructor(kind: K, tell: (spec: Specs[K], key: string, meta: ObjectMeta) => T) {
    this.#kind = kind;
    this.#tell = tell;
  }

  admit(key: string, object: KubeObject): Admission<T> {
    const known = this.#known.get(key);
    if (known?.version === object) return known.admission;
    const admission = this.#judge(key, object, known?.admission.admitted);
    this.#known.set(key, { version: object, admission });
    return admission;
  }

  /** The object is gone, or another Loom's now. */
  forget(key: string): void {
    this.#known.delete(key);
  }

  #judge(key: string, object: KubeObject, last: T | undefined): Admission<T> {
    const result = validate(this.#kind, object);
    if ('spec' in result) {
      return { admitted: this.#tell(result.spec, key, object.metadata), condition: accepted, problems: none };
    }
    const { problems } = result;
    const text = problems.map((p) => `${fieldOf(p.path)}: ${p.message}`).join('; ');
    const served = last ? ' The last valid version goes on being served.' : '';
    return { admitted: last, condition: refused('Invalid', `${text}.${served}`), problems };
  }
}

const none: readonly Problem[] = [];
