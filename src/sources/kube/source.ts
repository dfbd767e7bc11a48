import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from '../../telemetry/log.ts';
import type { Kind, ObjectSet, ObjectStatus, Source } from '../objects.ts';
import { Client } from './client.ts';
import { readConnection } from './config.ts';
import type { Connection } from './connection.ts';
import { EventWriter } from './events.ts';
import { watchedKinds, type WatchedKind } from './kinds.ts';
import { Election, type LeaseTiming } from './lease.ts';
import type { KubeObserver } from './observe.ts';
import type { ReflectorTiming } from './reflector.ts';
import { StatusWriter } from './status.ts';
import { Store } from './store.ts';
import { WantedObjects } from './wanted.ts';
import { Watches } from './watching.ts';

export interface KubeSourceOptions {
  readonly log: Logger;
  readonly observe: KubeObserver;
  /** Path; undefined: $KUBECONFIG, the service account of the pod, or ~/.kube/config. */
  readonly kubeconfig?: string;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** Looms of another class elect a leader of their own. */
  readonly className?: string;
  readonly leaseNamespace: string;
  /** For tests. */
  readonly timing?: { readonly reflector?: ReflectorTiming; readonly lease?: LeaseTiming };
}

export interface KubeSource extends Source {
  /** Whether this process writes the status of objects. */
  readonly leads: boolean;
}

/**
 * The objects of a Kubernetes cluster. Rejects with a message for people when there is no configuration to reach an API server;
 * an API server that does not answer is waited for, with `synced` false.
 */
export async function kubeSource(options: KubeSourceOptions): Promise<KubeSource> {
  const connection = await readConnection(options.kubeconfig);
  options.log.info({ server: connection.server, from: connection.origin }, 'uses the API server');
  return new Kube(options, connection);
}

class Kube implements KubeSource {
  readonly #options: KubeSourceOptions;
  readonly #client: Client;
  readonly #store = new Store();
  readonly #watches: Watches;
  readonly #secrets: WantedObjects;
  readonly #configMaps: WantedObjects;
  readonly #election: Election;
  readonly #status: StatusWriter;
  readonly #events: EventWriter;
  /** Scopes of a kind that were not read completely yet. */
  readonly #unread = new Map<Kind, number>();
  #statuses: ReadonlyMap<string, ObjectStatus> = new Map();
  #changed: (kind: Kind) => void = () => undefined;

  constructor(options: KubeSourceOptions, connection: Connection) {
    const { log, observe, timing, namespaces, leaseNamespace, className } = options;
    this.#options = options;
    this.#client = new Client(connection);
    const client = this.#client;
    const store = this.#store;
    for (const { kind, byName } of watchedKinds)
      if (!byName) this.#unread.set(kind, Math.max(1, namespaces.length));
    this.#watches = new Watches({
      client,
      store,
      log,
      observe,
      ...(timing?.reflector && { timing: timing.reflector }),
      changed: (kind, isFirst) => this.#noticed(kind, isFirst),
    });
    const wanted = (kind: Kind): WantedObjects => {
      const byName = watchedKinds.find((watched) => watched.byName && watched.kind === kind) as WatchedKind;
      return new WantedObjects((...how) => this.#watches.follow(byName, ...how));
    };
    this.#secrets = wanted('Secret');
    this.#configMaps = wanted('ConfigMap');
    const identity = `${process.env['POD_NAME'] ?? hostname()}_${randomUUID()}`;
    this.#election = new Election({
      client,
      namespace: leaseNamespace,
      name: className === undefined ? 'loom' : `loom-${className}`,
      identity,
      log,
      changed: (leads) => this.#elected(leads),
      ...(timing?.lease && { timing: timing.lease }),
    });
    const leads = (): boolean => this.#election.leads;
    this.#status = new StatusWriter({ client, store, leads, log });
    this.#events = new EventWriter({ client, leads, shown: (key) => store.shown(key), identity, log });
  }

  get objects(): ObjectSet {
    return this.#store.objects;
  }

  get synced(): boolean {
    return this.#unread.size === 0;
  }

  get leads(): boolean {
    return this.#election.leads;
  }

  async run(signal: AbortSignal, changed: (kind: Kind) => void): Promise<void> {
    this.#changed = changed;
    const { namespaces } = this.#options;
    const scopes = namespaces.length === 0 ? [{}] : namespaces.map((namespace) => ({ namespace }));
    const watches = watchedKinds
      .filter(({ byName }) => !byName)
      .flatMap((watched) => scopes.map((scope) => this.#watches.follow(watched, scope, signal)));
    // The Lease is given back when nothing is being written any more.
    const mayEnd = new AbortController();
    const writers = Promise.all([this.#status.run(signal), this.#events.run(signal)]).then(() =>
      mayEnd.abort(),
    );
    const wanted = [this.#secrets.run(signal), this.#configMaps.run(signal)];
    await Promise.all([...watches, ...wanted, writers, this.#election.run(mayEnd.signal)]);
    await this.#client.close();
  }

  want(secrets: ReadonlySet<string>, configMaps: ReadonlySet<string>): void {
    this.#secrets.want(secrets);
    this.#configMaps.want(configMaps);
  }

  report(statuses: ReadonlyMap<string, ObjectStatus>): void {
    this.#statuses = statuses;
    this.#events.report(statuses);
    this.#status.set(statuses);
  }

  #noticed(kind: Kind, isFirst: boolean): void {
    if (isFirst) this.#read(kind);
    this.#changed(kind);
  }

  #read(kind: Kind): void {
    const left = this.#unread.get(kind);
    if (left === undefined) return;
    if (left > 1) this.#unread.set(kind, left - 1);
    else this.#unread.delete(kind);
    if (!this.synced) return;
    const counts = Object.fromEntries(
      watchedKinds.map((watched) => [watched.kind, this.objects[watched.kind].size]),
    );
    this.#options.log.info({ objects: counts }, 'has read all objects');
  }

  #elected(leads: boolean): void {
    this.#options.observe.leader(leads);
    if (leads) this.report(this.#statuses);
  }
}
