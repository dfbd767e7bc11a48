import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '../../telemetry/log.ts';
import type { Kind } from '../objects.ts';
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
  /** Called when objects of a kind changed, and when a scope was read completely for the first time. */
  readonly changed: (kind: Kind, isFirst: boolean) => void;
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
    const changed = (isChanged: boolean): void => {
      if (isChanged) this.#parts.changed(kind, false);
    };
    const sink: Sink = {
      replace: (all) => changed(part.replace(all)),
      apply: (object) => changed(part.apply(object)),
      delete: (object) => changed(part.delete(object)),
    };
    this.#count(kind, 1, 0);
    const followed = this.#followed(watched, scope);
    unwanted?.addEventListener('abort', () => changed(part.replace([])), { once: true });
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
      watch: (more, signal) => client.watch(path, { ...query, ...more }, signal),
    };
  }

  #followed({ kind, plural, apiVersion, hasStatus: isOwn }: WatchedKind, scope: Scope): Followed {
    const { log, observe, changed } = this.#parts;
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
        if (isFirst) changed(kind, true);
      },
      event: () => observe.event(kind),
      failed: (error) => {
        observe.error(kind);
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
