import { kinds, type Kind } from '../objects.ts';

/** Which objects changed: the keys of a kind, or all of it. */
export type ObjectChanges = ReadonlyMap<Kind, ReadonlySet<string> | 'all'>;

/** What changed in a translation, by id; what is not in it any more is gone. */
export interface TranslationChanges {
  readonly routes: ReadonlySet<string>;
  readonly upstreams: ReadonlySet<string>;
  readonly plugins: ReadonlySet<string>;
  readonly certificates: ReadonlySet<string>;
  readonly endpoints: ReadonlySet<string>;
  /** By `Kind:namespace/name`. */
  readonly verdicts: ReadonlySet<string>;
  /** Other Secrets or ConfigMaps are named than before. */
  readonly wanted: boolean;
}

export const everything: ObjectChanges = new Map(kinds.map((kind) => [kind, 'all'] as const));

/** Collects what changed until somebody looks. */
export class ChangedObjects {
  #changes = new Map<Kind, Set<string> | 'all'>();

  /** Without a key: any of the kind. */
  add(kind: Kind, key: string | undefined): void {
    const keys = this.#changes.get(kind);
    if (keys === 'all') return;
    if (key === undefined) this.#changes.set(kind, 'all');
    else if (keys) keys.add(key);
    else this.#changes.set(kind, new Set([key]));
  }

  /** @returns all that was added since the last call, of one kind or of all */
  take(kind?: Kind): ObjectChanges {
    if (kind === undefined) {
      const all = this.#changes;
      this.#changes = new Map();
      return all;
    }
    const keys = this.#changes.get(kind);
    this.#changes.delete(kind);
    return keys === undefined ? new Map() : new Map([[kind, keys]]);
  }
}
