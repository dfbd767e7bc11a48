import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '../../telemetry/log.ts';
import type { KubeObject } from '../../api/core.ts';
import { keyOf, type Kind } from '../objects.ts';
import { hasStatus } from './api-error.ts';
import type { Client } from './client.ts';
import { pathOf, type WatchedKind } from './kinds.ts';
import type { KubeObserver } from './observe.ts';
import {
  reflect,
  reflectorTiming,
  type Collection,
  type Followed,
  type ReflectorTiming,
  type Sink,
} from './reflector.ts';
import type { Store } from './store.ts';

export interface WatchParts {
  readonly client: Client;
  readonly store: Store;
  readonly log: Logger;
  readonly observe: KubeObserver;
  readonly timing?: ReflectorTiming;
  /** Called for each object that changed. */
  readonly changed: (kind: Kind, key: string) => void;
  /** Called when a scope was read completely for the first time. */
  readonly read: (kind: Kind, scope: Scope) => void;
  /** Called each time when one cannot be read. */
  readonly failed: (kind: Kind, scope: Scope) => void;
}

/** What of a kind is watched: one namespace, one name in it, or, without both, everything. */
export interface Scope {
  readonly namespace?: string;
  readonly name?: string;
}

/** All watches of a process. */
export class Watches {
  readonly #parts: WatchParts;
  /** Watches of a kind that should be open, and that are. */
  readonly #counts = new Map<Kind, { all: number; open: number }>();

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** Follows until `signal` aborts; what was read stays in the store. When `unwanted` aborts it also leaves the store, at once. */
  async follow(
    watched: WatchedKind,
    scope: Scope,
    signal: AbortSignal,
    unwanted?: AbortSignal,
  ): Promise<void> {
    const { store, timing } = this.#parts;
    const { kind, optional = false } = watched;
    const part = store.part(watched);
    const { changed } = this.#parts;
    const replace = (all: readonly KubeObject[]): void => {
      for (const key of part.replace(all)) changed(kind, key);
    };
    const sink: Sink = {
      replace,
      apply: (object) => part.apply(object) && changed(kind, keyOf(object)),
      delete: (object) => part.delete(object) && changed(kind, keyOf(object)),
    };
    this.#count(kind, 1, 0);
    const followed = this.#followed(watched, scope);
    unwanted?.addEventListener('abort', () => replace([]), { once: true });
    const until = unwanted ? AbortSignal.any([signal, unwanted]) : signal;
    const collection = this.#collection(watched, scope);
    await reflect(collection, sink, followed, until, { optional, timing: timing ?? reflectorTiming });
    this.#count(kind, -1, 0);
  }

  #collection(watched: WatchedKind, { namespace, name }: Scope): Collection {
    const { client } = this.#parts;
    const path = pathOf(watched, namespace);
    const query = { ...watched.query, ...(name !== undefined && { fieldSelector: `metadata.name=${name}` }) };
    return {
      list: (signal) => client.list(path, query, signal),
      watch: (more, watcher, signal) => client.watch(path, { ...query, ...more }, watcher, signal),
      newest: (signal) => client.newest(path, query, signal),
    };
  }

  #followed({ kind, plural, apiVersion, hasStatus: isOwn }: WatchedKind, scope: Scope): Followed {
    const { log, observe, read, failed } = this.#parts;
    let told: unknown;
    return {
      up: (open) => {
        this.#count(kind, 0, open ? 1 : -1);
        if (!open || told === undefined) return;
        told = undefined;
        log.info({ kind, ...scope }, 'watches again');
      },
      listed: (isFirst) => {
        observe.relist(kind);
        if (isFirst) read(kind, scope);
      },
      event: () => observe.event(kind),
      failed: (error) => {
        observe.error(kind);
        failed(kind, scope);
        const problem = error instanceof Error ? [error.name, error.message] : [String(error)];
        if (isDeepStrictEqual(told, problem)) return;
        told = problem;
        const isMissing = isOwn && hasStatus(error, 404);
        log.warn(
          { kind, ...scope, err: error },
          isMissing
            ? `the API server does not know ${plural}.${apiVersion.split('/')[0]}: kubectl apply --server-side -f crds/`
            : 'cannot list or watch; goes on with what is known',
        );
      },
    };
  }

  #count(kind: Kind, all: number, open: number): void {
    const before = this.#counts.get(kind) ?? { all: 0, open: 0 };
    const now = { all: before.all + all, open: before.open + open };
    this.#counts.set(kind, now);
    this.#parts.observe.watchUp(kind, now.open >= now.all);
  }
}
