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
  /** `Kind:namespace/name` → how many parts have it. */
  readonly #holders = new Map<string, number>();

  get objects(): ObjectSet {
    return this.#maps;
  }

  /** Conditions in the cluster, as far as Loom has heard; `key` is `Kind:namespace/name`. */
  shown(key: string): readonly Condition[] {
    return this.#shown.get(key) ?? [];
  }

  /** One part more, or less (-1), has the object. @returns whether any has. */
  hold(key: string, one: 1 | -1): boolean {
    const holders = (this.#holders.get(key) ?? 0) + one;
    if (holders > 0) this.#holders.set(key, holders);
    else {
      this.#holders.delete(key);
      this.#shown.delete(key);
    }
    return holders > 0;
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

  /** A part of one kind that is listed and watched by itself. An object of several parts is there while one of them has it. */
  part(watched: WatchedKind): StorePart {
    return new StorePart(watched, this.#maps[watched.kind], this);
  }
}

/** Each method tells whether anything changed that Loom reads; an object of which nothing changed keeps its identity. */
export class StorePart {
  readonly #watched: WatchedKind;
  readonly #objects: Map<string, KubeObject>;
  readonly #store: Store;
  readonly #own = new Set<string>();

  constructor(watched: WatchedKind, objects: Map<string, KubeObject>, store: Store) {
    this.#watched = watched;
    this.#objects = objects;
    this.#store = store;
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
    if (!this.#own.has(key)) {
      this.#own.add(key);
      this.#store.hold(`${kind}:${key}`, 1);
    }
    if (hasStatus) this.#store.show(`${kind}:${key}`, object);
    return isChanged;
  }

  delete(object: KubeObject): boolean {
    return this.#remove(keyOf(object));
  }

  #remove(key: string): boolean {
    if (!this.#own.delete(key) || this.#store.hold(`${this.#watched.kind}:${key}`, -1)) return false;
    return this.#objects.delete(key);
  }
}
