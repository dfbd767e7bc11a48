import { Pace } from '../../pace.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { ObjectStatus } from '../objects.ts';
import { toLoadBalancer, type Addresses } from './addresses.ts';
import { hasStatus } from './api-error.ts';
import type { BackoffLimits } from './backoff.ts';
import type { Client } from './client.ts';
import { showsAll, toConditions } from './conditions.ts';
import { pathOf, watchedKinds, type WatchedKind } from './kinds.ts';
import type { Limit } from './rate-limit.ts';
import type { Store } from './store.ts';
import { WriteQueue } from './write-queue.ts';

export interface StatusParts {
  readonly client: Pick<Client, 'apply'>;
  readonly store: Pick<Store, 'shown' | 'addresses' | 'show'>;
  /** What routes should show; undefined while that is not known. Without it they should show none. */
  readonly addresses?: () => Addresses | undefined;
  /** Asked right before each write. */
  readonly leads: () => boolean;
  readonly log: Logger;
  readonly backoff?: BackoffLimits;
  readonly limit: Limit;
}

/**
 * Rounds of writes: whoever applies some manifests sees their statuses at once. Under changes without an end one round a second writes
 * what came meanwhile: a write that comes alone costs five times as much, since all that it runs through has cooled down.
 */
const rounds = { atOnce: 10, everyMs: 1000 };

const writable = new Map(
  watchedKinds.filter((watched) => watched.hasStatus).map((watched) => [watched.kind as string, watched]),
);

/**
 * Writes conditions, and into routes the addresses of Loom, to the status of Loom's own objects by server-side apply, where they
 * differ from what an object shows. Only the newest of an object count, as many leave as the limit lets, and only those of a leader.
 */
export class StatusWriter {
  readonly #parts: StatusParts;
  readonly #queue: WriteQueue;
  #wanted: ReadonlyMap<string, ObjectStatus> = new Map();
  /** Keys of which a write failed: the server may have done it all the same. */
  readonly #unsure = new Set<string>();

  constructor(parts: StatusParts) {
    this.#parts = parts;
    this.#queue = new WriteQueue({
      limit: parts.limit,
      pace: new Pace(rounds.atOnce, rounds.everyMs),
      backoff: parts.backoff ?? { minMs: 200, maxMs: 60_000 },
      write: (key, signal) => this.#write(key, signal),
      failed: (key, error) => parts.log.warn({ object: key, err: error }, 'cannot write a status'),
    });
  }

  /** All statuses, of which only those of `changed` are others than before; undefined: any, as after becoming the leader. */
  set(statuses: ReadonlyMap<string, ObjectStatus>, changed?: ReadonlySet<string>): void {
    this.#wanted = statuses;
    if (!this.#parts.leads()) {
      this.#unsure.clear();
      return this.#queue.clear();
    }
    for (const key of changed ?? statuses.keys()) {
      const status = statuses.get(key);
      if (status && this.#differs(key, status)) this.#queue.add(key);
    }
  }

  /** The addresses are others than before. */
  readdress(): void {
    this.set(this.#wanted);
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#queue.run(signal);
  }

  #differs(key: string, status: ObjectStatus): boolean {
    if (!writable.has(kindOf(key))) return false;
    return differs(this.#parts.store, key, status, this.#addresses());
  }

  /** Not `?.() ?? ''`: that nothing is known is no reason to take anything away. */
  #addresses(): Addresses | undefined {
    const { addresses } = this.#parts;
    return addresses ? addresses() : '';
  }

  async #write(key: string, signal: AbortSignal): Promise<void> {
    const { store, leads, client } = this.#parts;
    const status = this.#wanted.get(key);
    const watched = writable.get(kindOf(key));
    const isUnsure = this.#unsure.delete(key);
    if (!status || !watched || !leads() || !(isUnsure || this.#differs(key, status))) return;
    const { name, namespace } = status.object.metadata;
    const now = `${new Date().toISOString().slice(0, 19)}Z`;
    const conditions = toConditions(status, store.shown(key), now);
    const loadBalancer = toLoadBalancer(addressesFor(store, key, this.#addresses()));
    const shown = { conditions, ...(loadBalancer && { loadBalancer }) };
    try {
      const path = `${pathOf(watched, namespace, name)}/status`;
      await client.apply(path, toBody(watched, status, shown), signal);
      store.show(key, { status: shown });
    } catch (error) {
      // Gone, or another object of that name (409 by its uid): its own event leads to its own status.
      if (hasStatus(error, 404) || hasStatus(error, 409)) return;
      this.#unsure.add(key);
      throw error;
    }
    // What came during the write was compared with what the object showed before it.
    const newest = this.#wanted.get(key);
    if (newest && this.#differs(key, newest)) this.#queue.add(key);
  }
}

/** Whether an object shows something else than that. `addresses` as in StatusParts. */
export function differs(
  store: Pick<Store, 'shown' | 'addresses'>,
  key: string,
  status: ObjectStatus,
  addresses: Addresses | undefined,
): boolean {
  const shown = store.shown(key);
  if (!showsAll(shown, toConditions(status, shown, ''))) return true;
  return addressesFor(store, key, addresses) !== store.addresses(key);
}

/** What was written must be written again with everything else, or it is taken away. */
function addressesFor(store: Pick<Store, 'addresses'>, key: string, known: Addresses | undefined): Addresses {
  return kindOf(key) === 'LoomRoute' && known !== undefined ? known : store.addresses(key);
}

function toBody({ apiVersion, kind }: WatchedKind, { object }: ObjectStatus, status: unknown): unknown {
  const { name, namespace, uid } = object.metadata;
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, ...(uid !== undefined && { uid }) },
    status,
  };
}

function kindOf(key: string): string {
  return key.slice(0, key.indexOf(':'));
}
