import type { ConfigMap, EndpointSlice, KubeObject, ReferenceGrant, Secret, Service } from '../api/core.ts';

/**
 * What a source knows at this moment, by kind and then by `namespace/name` (just `name` for entries of loom.yaml).
 * Objects are immutable: a changed object is another object under the same key, so identity tells what changed. Those of
 * Loom's own kinds are as they were written, not yet validated.
 */
export interface ObjectSet {
  readonly LoomRoute: ReadonlyMap<string, KubeObject>;
  readonly LoomUpstream: ReadonlyMap<string, KubeObject>;
  readonly WasmPlugin: ReadonlyMap<string, KubeObject>;
  readonly Service: ReadonlyMap<string, Service>;
  readonly EndpointSlice: ReadonlyMap<string, EndpointSlice>;
  readonly ConfigMap: ReadonlyMap<string, ConfigMap>;
  readonly Secret: ReadonlyMap<string, Secret>;
  readonly ReferenceGrant: ReadonlyMap<string, ReferenceGrant>;
}

export type Kind = keyof ObjectSet;

export const kinds: readonly Kind[] = [
  'LoomRoute',
  'LoomUpstream',
  'WasmPlugin',
  'Service',
  'EndpointSlice',
  'ConfigMap',
  'Secret',
  'ReferenceGrant',
];

/** `namespace/name`, or `name` where there is no namespace. */
export function keyOf(object: {
  readonly metadata: { readonly namespace?: string; readonly name: string };
}): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

/** A place where objects come from. */
export interface Source {
  readonly objects: ObjectSet;
  /** True once every kind has been read completely; never false again. */
  readonly synced: boolean;
  /** False while something that is wanted has not been looked up for the first time; `changed` is called when it has. */
  readonly settled?: boolean;
  /** When that was true which is served now, where it is from a cache because the place cannot be asked. */
  readonly staleSince?: Date | undefined;
  /**
   * Runs until `signal` aborts. `changed` is called after every change of `objects`; it only marks and must not throw. Without a key
   * any objects of the kind may have changed.
   */
  run(signal: AbortSignal, changed: (kind: Kind, key?: string) => void): Promise<void>;
  /**
   * Names of the Secrets and ConfigMaps that objects refer to, `namespace/name`: a source reads only those Secrets, and beside what
   * it reads anyway those ConfigMaps.
   */
  want(secrets: ReadonlySet<string>, configMaps: ReadonlySet<string>): void;
  /** Publishes what became of the objects. `changed`: the keys of those of which something else became, or nothing any more; undefined: of any. */
  report(statuses: ReadonlyMap<string, ObjectStatus>, changed?: ReadonlySet<string>): void;
}

export interface ConditionState {
  readonly type: 'Accepted' | 'ResolvedRefs' | 'Programmed';
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** What became of one object, keyed by `Kind:namespace/name`. */
export interface ObjectStatus {
  readonly object: KubeObject;
  readonly conditions: readonly ConditionState[];
  /** Things that the owner should hear of although nothing else changes, such as an unknown annotation. */
  readonly warnings: readonly Warning[];
}

export interface Warning {
  readonly reason: string;
  readonly message: string;
}

export type { Problem } from '../model/problem.ts';
