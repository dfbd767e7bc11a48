import { isDeepStrictEqual } from 'node:util';
import type { Condition, KubeObject } from '../../api/core.ts';
import { isRecord } from '../../model/schema.ts';
import { keyOf, type Kind, type ObjectSet } from '../objects.ts';
import { shownAddresses, type Addresses } from './addresses.ts';
import { intern, internCondition } from './intern.ts';
import { watchedKinds, type WatchedKind } from './kinds.ts';

type Maps = { readonly [K in Kind]: Map<string, KubeObject> } & ObjectSet;

/** The objects of a cluster as Loom keeps them. What their status shows lies apart: Loom writes it itself, and an object must not become another by that. */
export class Store {
  readonly #maps = Object.fromEntries(watchedKinds.map(({ kind }) => [kind, new Map()])) as unknown as Maps;
  readonly #shown = new Map<string, readonly Condition[]>();
  /** Of those that show any. */
  readonly #addresses = new Map<string, Addresses>();
  /** `Kind:namespace/name` → how many parts have it. */
  readonly #holders = new Map<string, number>();

  get objects(): ObjectSet {
    return this.#maps;
  }

  /** Conditions in the cluster, as far as Loom has heard; `key` is `Kind:namespace/name`. */
  shown(key: string): readonly Condition[] {
    return this.#shown.get(key) ?? [];
  }

  /** Addresses of a load balancer that an object shows, the same way. */
  addresses(key: string): Addresses {
    return this.#addresses.get(key) ?? '';
  }

  /** One part more, or less (-1), has the object. @returns whether any has. */
  hold(key: string, one: 1 | -1): boolean {
    const holders = (this.#holders.get(key) ?? 0) + one;
    if (holders > 0) this.#holders.set(key, holders);
    else {
      this.#holders.delete(key);
      this.#shown.delete(key);
      this.#addresses.delete(key);
    }
    return holders > 0;
  }

  /** Takes conditions and addresses out of the status of an object that the server sent. One that is not in the store leaves nothing. */
  show(key: string, object: unknown): void {
    const [kind, name] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)];
    if (!this.#maps[kind as Kind].has(name)) return;
    const status = isRecord(object) ? object['status'] : undefined;
    const conditions = isRecord(status) ? status['conditions'] : undefined;
    if (Array.isArray(conditions)) this.#shown.set(key, (conditions as Condition[]).map(internCondition));
    else this.#shown.delete(key);
    const addresses = shownAddresses(object);
    if (addresses === '') this.#addresses.delete(key);
    else this.#addresses.set(key, intern(addresses));
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

  /** All of the part in one step. @returns the keys of what changed */
  replace(all: readonly KubeObject[]): readonly string[] {
    const left = new Set(this.#own);
    const changed: string[] = [];
    for (const object of all) {
      const key = keyOf(object);
      left.delete(key);
      if (this.apply(object)) changed.push(key);
    }
    for (const key of left) if (this.#remove(key)) changed.push(key);
    return changed;
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
