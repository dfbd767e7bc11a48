import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../api/core.ts';
import type { Logger } from '../../telemetry/log.ts';
import { keyOf, kinds as allKinds, type Kind } from '../objects.ts';
import { watchedKinds, type WatchedKind } from './kinds.ts';
import type { LastGood } from './last-good.ts';
import type { Store, StorePart } from './store.ts';

/** Milliseconds. */
export interface StandbyTiming {
  /** How long a start waits for the API server before it makes do with what was saved. */
  readonly waitMs: number;
  /** A change is saved after this time, and together with what changes meanwhile. */
  readonly settleMs: number;
  /** Least time between two saves. */
  readonly saveMs: number;
}

export const standbyTiming: Omit<StandbyTiming, 'waitMs'> = { settleMs: 5000, saveMs: 60_000 };

export interface StandbyParts {
  readonly file: LastGood;
  readonly store: Store;
  readonly log: Logger;
  readonly timing: StandbyTiming;
  readonly changed: (kind: Kind, key: string) => void;
  /** Kinds that were not read completely yet. */
  readonly unread: () => ReadonlySet<Kind>;
}

/**
 * Stands in for an API server that is away when the process starts: what was saved of the last good state is served until the
 * server has told what is true now, kind by kind. While the server answers, saves what it says.
 */
export class Standby {
  readonly #parts: StandbyParts;
  /** What of each kind is still from the file, by key. */
  readonly #restored = new Map<
    Kind,
    { readonly part: StorePart; readonly objects: Map<string, KubeObject> }
  >();
  #since: Date | undefined;
  #isDirty = false;
  /** Since the save before. undefined: nobody knows, or there was none; a cluster that is never read completely must not fill it. */
  #changes: ReadonlyMap<Kind, Set<string>> | undefined;
  #wake: () => void = () => undefined;

  constructor(parts: StandbyParts) {
    this.#parts = parts;
  }

  /** When that was true which is being served, while some of it is from the file. */
  get since(): Date | undefined {
    return this.#since;
  }

  /** That object is to be saved, or that it is gone; without a key any of the kind. */
  dirty(kind: Kind, key?: string): void {
    if (key === undefined) this.#changes = undefined;
    else this.#changes?.get(kind)?.add(key);
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.#wake();
  }

  /** Until `signal` aborts. `restored` is called when objects of the file have come. Never throws. */
  async run(signal: AbortSignal, restored: () => void): Promise<void> {
    const { timing, unread } = this.#parts;
    await this.#sleep(timing.waitMs, signal, () => unread().size === 0);
    if (!signal.aborted && unread().size > 0 && (await this.#restore())) restored();
    while (!signal.aborted) {
      await this.#sleep(2 ** 30, signal, () => this.#isDirty && unread().size === 0);
      await sleep(timing.settleMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const changes = this.#changes;
      this.#changes = new Map(allKinds.map((kind) => [kind, new Set()]));
      this.#isDirty = false;
      await this.#parts.file.save(this.#parts.store.objects, changes);
      await sleep(timing.saveMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** The server has told all of a kind, or of one object of it. `except`: of those it has not. */
  release(kind: Kind, one?: string, except: ReadonlySet<string> = new Set()): void {
    this.#wake();
    const { part, objects = new Map<string, KubeObject>() } = this.#restored.get(kind) ?? {};
    for (const [key, object] of objects) {
      if (one === undefined ? except.has(key) : key !== one) continue;
      objects.delete(key);
      if (!part?.delete(object)) continue;
      this.dirty(kind, key);
      this.#parts.changed(kind, key);
    }
    if (!this.#since || this.#parts.unread().size > 0) return;
    this.#since = undefined;
    this.#parts.log.info(
      'the API server has told what is true now; nothing is served from the cache any more',
    );
  }

  async #restore(): Promise<boolean> {
    const { file, store, log, unread, changed } = this.#parts;
    const saved = await file.load();
    const left = unread();
    if (!saved || left.size === 0) return false;
    // What the server has told already is newer.
    const kinds = new Set(
      watchedKinds.filter(({ kind, byName }) => byName || left.has(kind)).map(({ kind }) => kind),
    );
    for (const [kind, object] of saved.objects) {
      if (!kinds.has(kind) || store.objects[kind].has(keyOf(object))) continue;
      const { part, objects } = this.#of(kind);
      objects.set(keyOf(object), object);
      if (part.apply(object)) changed(kind, keyOf(object));
    }
    this.#since = saved.at;
    const ageSeconds = Math.round((Date.now() - saved.at.getTime()) / 1000);
    log.warn(
      { savedAt: saved.at.toISOString(), ageSeconds, objects: saved.objects.length },
      'the API server does not answer; what it said last is served from the cache',
    );
    return true;
  }

  #of(kind: Kind): { readonly part: StorePart; readonly objects: Map<string, KubeObject> } {
    let restored = this.#restored.get(kind);
    if (!restored) {
      const watched = watchedKinds.find((one) => one.kind === kind) as WatchedKind;
      restored = { part: this.#parts.store.part(watched), objects: new Map() };
      this.#restored.set(kind, restored);
    }
    return restored;
  }

  /** Until the time is over, or `done` when somebody wakes. */
  async #sleep(ms: number, signal: AbortSignal, done: () => boolean): Promise<void> {
    const woken = new AbortController();
    const until = AbortSignal.any([signal, woken.signal]);
    this.#wake = () => {
      if (done()) woken.abort();
    };
    this.#wake();
    await sleep(ms, undefined, { signal: until }).catch(() => undefined);
    this.#wake = () => undefined;
  }
}
