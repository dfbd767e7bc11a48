import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../api/core.ts';
import { hasStatus, UnreadableError, ApiError } from './api-error.ts';
import { backoffMs, type BackoffLimits } from './backoff.ts';
import type { Listing, Query, Watcher } from './client.ts';
import type { WatchEvent } from './watch-event.ts';

/** The two verbs of a collection that a reflector needs. */
export interface Collection {
  list(signal: AbortSignal): Promise<Listing>;
  /** Resolves when the server ends it. */
  watch(query: Query, watcher: Watcher, signal: AbortSignal): Promise<void>;
  /** The version that the server is at. */
  newest?(signal: AbortSignal): Promise<string>;
}

/** What is kept equal to the collection. What its methods throw is reported and changes nothing. */
export interface Sink {
  replace(all: readonly KubeObject[]): void;
  apply(object: KubeObject): void;
  delete(object: KubeObject): void;
}

/** What happens to a reflector, for logs and metrics. */
export interface Followed {
  /** The watch opened or ended. */
  up(open: boolean): void;
  /** Listed completely. `first`: for the first time, or found that the API does not exist and need not. */
  listed(first: boolean): void;
  event(): void;
  failed(error: unknown): void;
}

export interface ReflectorTiming {
  readonly backoff: BackoffLimits;
  /** How long the server is asked to keep a watch open, in seconds. */
  readonly watchSeconds: number;
  /** Longest silence; the server sends a bookmark about every minute. */
  readonly idleMs: number;
  /** A watch that ended sooner counts as a failure, whatever it brought. */
  readonly steadyMs: number;
  /** Lists anew after this time, in case that a watch left something out. 0: never. */
  readonly relistMs: number;
  /** How often an API that need not exist is looked for. */
  readonly absentMs: number;
}

export const reflectorTiming: ReflectorTiming = {
  backoff: { minMs: 800, maxMs: 30_000 },
  watchSeconds: 290,
  idleMs: 90_000,
  steadyMs: 5000,
  relistMs: 1_800_000,
  absentMs: 20_000,
};

/**
 * Keeps `sink` equal to `collection` until `signal` aborts; never throws. Lists, then watches from the version of the list,
 * and after any end of the watch resumes from the last version seen. Lists again only when the server has forgotten that
 * version (410), when an event could not be read, or after `relistMs`. A failed server clears nothing.
 * `optional`: the API may be absent (404); then there are no objects, which is no failure.
 */
export async function reflect(
  collection: Collection,
  sink: Sink,
  followed: Followed,
  signal: AbortSignal,
  {
    optional = false,
    timing = reflectorTiming,
  }: { readonly optional?: boolean; readonly timing?: ReflectorTiming } = {},
): Promise<void> {
  await new Reflector(collection, sink, followed, signal, optional, timing).run();
}

class Reflector {
  readonly #collection: Collection;
  readonly #sink: Sink;
  readonly #followed: Followed;
  readonly #signal: AbortSignal;
  readonly #optional: boolean;
  readonly #timing: ReflectorTiming;
  /** Where to watch from; undefined: list first. */
  #version: string | undefined;
  /** Failures in a row to list or to open a watch. */
  #attempt = 0;
  /** Watches in a row that opened and ended too soon. They are tried sooner: a server that just restarted ends many. */
  #shortWatches = 0;
  #isOpen = false;
  #isFirst = true;
  /** The server may be another than before: it has been away. */
  #mayBeOther = false;
  #absences = 0;
  #relistAt = 0;

  constructor(
    collection: Collection,
    sink: Sink,
    followed: Followed,
    signal: AbortSignal,
    optional: boolean,
    timing: ReflectorTiming,
  ) {
    this.#collection = collection;
    this.#sink = sink;
    this.#followed = followed;
    this.#signal = signal;
    this.#optional = optional;
    this.#timing = timing;
  }

  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        this.#isOpen = false;
        if (this.#version === undefined || (await this.#isFromElsewhere(this.#version))) await this.#list();
        else await this.#watch(this.#version);
      } catch (error) {
        if (this.#signal.aborted) return;
        await this.#pause(this.#toWait(error));
      }
    }
  }

  /**
   * Whether the server has never been at that version, because its store was restored from a backup. It would take a watch from there
   * and say nothing until it has come so far again.
   */
  async #isFromElsewhere(version: string): Promise<boolean> {
    if (!this.#mayBeOther || !this.#collection.newest) return false;
    const newest = await this.#collection.newest(this.#signal);
    this.#mayBeOther = false;
    return isOlder(newest, version);
  }

  async #list(): Promise<void> {
    const { items, version } = await this.#collection.list(this.#signal);
    this.#signal.throwIfAborted();
    this.#absences = 0;
    this.#replace(items);
    this.#version = version;
    const { relistMs } = this.#timing;
    this.#relistAt = relistMs > 0 ? performance.now() + relistMs * (0.9 + Math.random() / 5) : Infinity;
  }

  #replace(items: readonly KubeObject[]): void {
    this.#guard(() => this.#sink.replace(items));
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    this.#guard(() => this.#followed.listed(isFirst));
  }

  /** Returns when the watch ended as it should: another one follows at once. */
  async #watch(version: string): Promise<void> {
    const { idleMs, steadyMs, watchSeconds } = this.#timing;
    const cut = new AbortController();
    // A half-open connection must not look like a quiet cluster.
    const idle = setTimeout(() => cut.abort(), idleMs);
    const left = this.#relistAt - performance.now();
    const relist = Number.isFinite(left) ? setTimeout(() => this.#forget(cut), Math.max(0, left)) : undefined;
    const began = performance.now();
    const timeoutSeconds = String(Math.round(watchSeconds * (0.9 + Math.random() / 5)));
    try {
      const signal = AbortSignal.any([this.#signal, cut.signal]);
      const watcher = {
        opened: () => {
          this.#isOpen = true;
          this.#attempt = 0;
          this.#guard(() => this.#followed.up(true));
        },
        event: (event: WatchEvent) => {
          idle.refresh();
          this.#take(event);
        },
      };
      await this.#collection.watch({ resourceVersion: version, timeoutSeconds }, watcher, signal);
    } catch (error) {
      // Silence is no failure, and neither is that it is time to list again.
      if (cut.signal.aborted) return;
      throw error;
    } finally {
      clearTimeout(idle);
      clearTimeout(relist);
      if (this.#isOpen) this.#guard(() => this.#followed.up(false));
      if (performance.now() - began >= steadyMs) this.#shortWatches = 0;
      cut.abort();
    }
    const lasted = performance.now() - began;
    if (lasted < steadyMs) throw new Error(`the watch ended after ${Math.round(lasted)} ms`);
  }

  #forget(cut: AbortController): void {
    this.#version = undefined;
    cut.abort();
  }

  #take({ type, object, version }: WatchEvent): void {
    if (type === 'DELETED') this.#guard(() => this.#sink.delete(object));
    else if (type !== 'BOOKMARK') this.#guard(() => this.#sink.apply(object));
    this.#version = version;
    this.#guard(() => this.#followed.event());
  }

  /** Decides what follows a failure. @returns milliseconds until the next try */
  #toWait(error: unknown): number {
    if (hasStatus(error, 410) || error instanceof UnreadableError) this.#version = undefined;
    // A list needs no version, and is right whether the server lags behind or its past is another one now.
    if (error instanceof ApiError && error.isAhead) this.#version = undefined;
    if (hasStatus(error, 404)) {
      this.#version = undefined;
      if (this.#optional) return this.#miss();
    }
    this.#mayBeOther = true;
    this.#guard(() => this.#followed.failed(error));
    const { backoff, steadyMs } = this.#timing;
    const retryAfterMs = error instanceof ApiError ? error.retryAfterMs : undefined;
    if (!this.#isOpen) return backoffMs(++this.#attempt, backoff, retryAfterMs);
    const limits = { ...backoff, maxMs: Math.min(backoff.maxMs, steadyMs) };
    return backoffMs(++this.#shortWatches, limits, retryAfterMs);
  }

  /** A server that is just starting may say 404 once; what is held is dropped only when it says so again. */
  #miss(): number {
    this.#absences++;
    if (this.#isFirst || this.#absences > 1) this.#replace([]);
    return this.#timing.absentMs * (0.5 + Math.random() / 2);
  }

  #guard(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      try {
        this.#followed.failed(error);
      } catch {
        // Whoever is told of failures fails itself: there is nobody left to tell.
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#signal }).catch(() => undefined);
  }
}

/** Versions of one server are numbers that grow (KEP-5504); of anything else nothing is known. */
function isOlder(a: string, b: string): boolean {
  if (!/^[1-9][0-9]*$/.test(a) || !/^[1-9][0-9]*$/.test(b)) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}
