import type { KubeObject } from '../../api/core.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { ObjectStatus } from '../objects.ts';
import { hasStatus } from './api-error.ts';
import type { BackoffLimits } from './backoff.ts';
import type { Client } from './client.ts';
import { showsAll, toConditions } from './conditions.ts';
import { pathOf, watchedKinds, type WatchedKind } from './kinds.ts';
import { RateLimit } from './rate-limit.ts';
import type { Store } from './store.ts';
import { WriteQueue } from './write-queue.ts';

export interface StatusParts {
  readonly client: Pick<Client, 'apply'>;
  readonly store: Pick<Store, 'shown' | 'show'>;
  /** Asked right before each write. */
  readonly leads: () => boolean;
  readonly log: Logger;
  readonly backoff?: BackoffLimits;
  readonly limit?: RateLimit;
}

const writable = new Map(
  watchedKinds.filter((watched) => watched.hasStatus).map((watched) => [watched.kind as string, watched]),
);

/**
 * Writes conditions to the status of Loom's own objects by server-side apply, where they differ from what an object shows.
 * Only the newest conditions of an object count, at most 10 writes a second leave in all, and only those of a leader.
 */
export class StatusWriter {
  readonly #parts: StatusParts;
  readonly #queue: WriteQueue;
  #wanted: ReadonlyMap<string, ObjectStatus> = new Map();

  constructor(parts: StatusParts) {
    this.#parts = parts;
    this.#queue = new WriteQueue({
      limit: parts.limit ?? new RateLimit(10, 1000),
      backoff: parts.backoff ?? { minMs: 200, maxMs: 60_000 },
      write: (key, signal) => this.#write(key, signal),
      failed: (key, error) => parts.log.warn({ object: key, err: error }, 'cannot write a status'),
    });
  }

  /** All statuses; those that were given before and are not here are of nobody's interest any more. */
  set(statuses: ReadonlyMap<string, ObjectStatus>): void {
    this.#wanted = statuses;
    this.check();
  }

  /** Compares everything with what the objects show, as after becoming the leader. */
  check(): void {
    if (!this.#parts.leads()) return this.#queue.clear();
    for (const [key, status] of this.#wanted) if (this.#differs(key, status)) this.#queue.add(key);
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#queue.run(signal);
  }

  #differs(key: string, status: ObjectStatus): boolean {
    if (!writable.has(kindOf(key))) return false;
    const shown = this.#parts.store.shown(key);
    return !showsAll(shown, toConditions(status, shown, ''));
  }

  async #write(key: string, signal: AbortSignal): Promise<void> {
    const { store, leads, client } = this.#parts;
    const status = this.#wanted.get(key);
    const watched = writable.get(kindOf(key));
    if (!status || !watched || !leads() || !this.#differs(key, status)) return;
    const { name, namespace } = status.object.metadata;
    const now = `${new Date().toISOString().slice(0, 19)}Z`;
    const body = toBody(watched, status, toConditions(status, store.shown(key), now));
    try {
      const path = `${pathOf(watched, namespace, name)}/status`;
      store.show(key, await client.apply<KubeObject>(path, body, signal));
    } catch (error) {
      // Gone, or another object of that name (409 by its uid): its own event leads to its own status.
      if (!hasStatus(error, 404) && !hasStatus(error, 409)) throw error;
    }
  }
}

function toBody({ apiVersion, kind }: WatchedKind, { object }: ObjectStatus, conditions: unknown): unknown {
  const { name, namespace, uid } = object.metadata;
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, ...(uid !== undefined && { uid }) },
    status: { conditions },
  };
}

function kindOf(key: string): string {
  return key.slice(0, key.indexOf(':'));
}
