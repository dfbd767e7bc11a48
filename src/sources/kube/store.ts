import { isDeepStrictEqual } from 'node:util';
import type { Condition, KubeObject } from '../../api/core.ts';
import { isRecord } from '../../model/schema.ts';
import { keyOf, type Kind, type ObjectSet } from '../objects.ts';
import { watchedKinds, type WatchedKind } from './kinds.ts';

type Maps = { readonly [K in Kind]: Map<string, KubeObject> } & ObjectSet;

/** The objects of a cluster as Loom keeps them. The conditions that they show lie apart: Loom writes them itself, and an object must not become another by that. */
export class Store {
  readonly #maps = Object.fromEntries(watchedKinds.map(({ kind }) => [kind, new Map()])) as unknown as Maps;
  readonly #shown = new Map<string, readonly Condition[]>();

  get objects(): ObjectSet {
    return this.#maps;
  }

  /** Conditions in the cluster, as far as Loom has heard; `key` is `Kind:namespace/name`. */
  shown(key: string): readonly Condition[] {
    return this.#shown.get(key) ?? [];
  }

  /** Takes the conditions out of an object that the server sent. One that is not in the store leaves nothing. */
  show(key: string, object: unknown): void {
    const [kind, name] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)];
    if (!this.#maps[kind as Kind].has(name)) return;
    const status = isRecord(object) ? object['status'] : undefined;
    const conditions = isRecord(status) ? status['conditions'] : undefined;
    if (Array.isArray(conditions)) this.#shown.set(key, conditions as readonly Condition[]);
    else this.#shown.delete(key);
  }

  /** A part of one kind that is listed and watched by itself; parts do not overlap. */
  part(watched: WatchedKind): StorePart {
    return new StorePart(watched, this.#maps[watched.kind], this, (key) => this.#shown.delete(key));
  }
}

/** Each method tells whether anything changed that Loom reads; an object of which nothing changed keeps its identity. */
export class StorePart {
  readonly #watched: WatchedKind;
  readonly #objects: Map<string, KubeObject>;
  readonly #store: Store;
  readonly #forget: (key: string) => void;
  readonly #own = new Set<string>();

  constructor(
    watched: WatchedKind,
    objects: Map<string, KubeObject>,
    store: Store,
    forget: (key: string) => void,
  ) {
    this.#watched = watched;
    this.#objects = objects;
    this.#store = store;
    this.#forget = forget;
  }

  /** All of the part in one step. */
  replace(all: readonly KubeObject[]): boolean {
    const left = new Set(this.#own);
    let isChanged = false;
    for (const object of all) {
      left.delete(keyOf(object));
      if (this.apply(object)) isChanged = true;
    }
    for (const key of left) if (this.#remove(key)) isChanged = true;
    return isChanged;
  }

  apply(object: KubeObject): boolean {
    const { kind, apiVersion, keep, hasStatus } = this.#watched;
    const key = keyOf(object);
    const kept = keep(object, { apiVersion, kind });
    const before = this.#objects.get(key);
    const isChanged = !before || !isDeepStrictEqual(before, kept);
    if (isChanged) this.#objects.set(key, kept);
    this.#own.add(key);
    if (hasStatus) this.#store.show(`${kind}:${key}`, object);
    return isChanged;
  }

  delete(object: KubeObject): boolean {
    return this.#remove(keyOf(object));
  }

  #remove(key: string): boolean {
    this.#own.delete(key);
    this.#forget(`${this.#watched.kind}:${key}`);
    return this.#objects.delete(key);
  }
}
