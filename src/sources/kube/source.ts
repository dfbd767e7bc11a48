import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '../../telemetry/log.ts';
import type { Kind, ObjectSet, ObjectStatus, Source } from '../objects.ts';
import { leaseNameOf, type Scope } from '../scope.ts';
import { Client } from './client.ts';
import { readConnection } from './config.ts';
import type { Connection } from './connection.ts';
import { EventWriter } from './events.ts';
import { kindsFor, watchedKinds, type WatchedKind } from './kinds.ts';
import { Election, type LeaseTiming } from './lease.ts';
import type { KubeObserver } from './observe.ts';
import { PublishedAddresses, type Publication } from './published-addresses.ts';
import { RateLimit, SharedLimit } from './rate-limit.ts';
import type { ReflectorTiming } from './reflector.ts';
import { StatusWriter } from './status.ts';
import { LastGood } from './last-good.ts';
import { Standby, standbyTiming, type StandbyTiming } from './standby.ts';
import { Store } from './store.ts';
import { followNamespaces } from './selected-namespaces.ts';
import { WantedWatches } from './wanted.ts';
import { Watches } from './watching.ts';

/** At most so many writes leave for the API server in a second, the Lease apart; and so many of them are Events. */
const writesPerSecond = 10;
/** Ten leave at once: where they arrive, late and early ones of two such seconds must not count as more. */
const secondMs = 1050;
const eventsPerSecond = 5;

/** Where what was read is kept for a start without the API server. */
interface LastGoodOptions {
  readonly folder: string;
  /** How long a start waits for the API server. */
  readonly waitMs: number;
  /** For tests. */
  readonly timing?: Partial<StandbyTiming>;
}

export interface KubeSourceOptions {
  readonly log: Logger;
  readonly observe: KubeObserver;
  /** Path; undefined: $KUBECONFIG, the service account of the pod, or ~/.kube/config. */
  readonly kubeconfig?: string;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** In place of `namespaces`: those with such labels, which may come and go. */
  readonly namespaceSelector?: string | undefined;
  /** Looms of another one elect a leader of their own. */
  readonly scope?: Scope;
  /** In place of one that follows from the scope. */
  readonly leaseName?: string;
  /** Services of type ExternalName may be upstreams. */
  readonly externalNames?: boolean;
  /** undefined: routes show no addresses. */
  readonly publication?: Publication | undefined;
  readonly leaseNamespace: string;
  /** undefined: nothing is kept. */
  readonly lastGood?: LastGoodOptions;
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
  readonly #kinds: readonly WatchedKind[];
  readonly #store = new Store();
  readonly #watches: Watches;
  readonly #secrets: WantedWatches;
  readonly #configMaps: WantedWatches;
  /** Everything in the namespaces of a selector. */
  readonly #selected: WantedWatches;
  readonly #election: Election;
  readonly #status: StatusWriter;
  readonly #published: PublishedAddresses;
  readonly #events: EventWriter;
  /** Namespaces of which a kind was not read completely yet; '' stands for all, or for those that are not known yet. */
  readonly #unread = new Map<Kind, Set<string>>();
  readonly #standby: Standby | undefined;
  #isRestored = false;
  #wantedMaps: ReadonlySet<string> = new Set();
  #statuses: ReadonlyMap<string, ObjectStatus> = new Map();
  #changed: (kind: Kind, key?: string) => void = () => undefined;

  constructor(options: KubeSourceOptions, connection: Connection) {
    const { log, observe, timing, namespaces, leaseNamespace, scope = {} } = options;
    this.#options = options;
    this.#client = new Client(connection);
    const client = this.#client;
    const store = this.#store;
    this.#kinds = kindsFor(scope, options.externalNames ?? false);
    for (const { kind, byName } of this.#kinds)
      if (!byName) this.#unread.set(kind, new Set(namespaces.length === 0 ? [''] : namespaces));
    this.#watches = new Watches({
      client,
      store,
      log,
      observe,
      ...(timing?.reflector && { timing: timing.reflector }),
      changed: (kind, key) => this.#touched(kind, key),
      read: (kind, { namespace, name }) => {
        if (name === undefined) return this.#read(kind, namespace);
        this.#standby?.release(kind, `${namespace}/${name}`);
        this.#answered(kind, `${namespace}/${name}`);
      },
      failed: (kind, { namespace, name }) => this.#answered(kind, `${namespace}/${name}`),
    });
    const wanted = (kind: Kind): WantedWatches => {
      const byName = watchedKinds.find((watched) => watched.byName && watched.kind === kind) as WatchedKind;
      return new WantedWatches(async (key, ...how) => {
        const [namespace, name, more] = key.split('/');
        if (namespace && name && more === undefined)
          return this.#watches.follow(byName, { namespace, name }, ...how);
        // No object has such a name, and nobody need be asked. Not before it counts as wanted.
        await Promise.resolve();
        this.#answered(kind, key);
      });
    };
    this.#selected = new WantedWatches((namespace, ...how) => this.#follow({ namespace }, ...how));
    this.#secrets = wanted('Secret');
    this.#configMaps = wanted('ConfigMap');
    const identity = `${process.env['POD_NAME'] ?? hostname()}_${randomUUID()}`;
    this.#election = new Election({
      client,
      namespace: leaseNamespace,
      name: options.leaseName ?? leaseNameOf(scope, shortHash),
      identity,
      log,
      changed: (leads) => this.#elected(leads),
      ...(timing?.lease && { timing: timing.lease }),
    });
    const leads = (): boolean => this.#election.leads;
    const { publication } = options;
    this.#published = new PublishedAddresses({
      client,
      publication,
      log,
      timing: timing?.reflector,
      changed: (addresses) => {
        observe.addresses(addresses === '' ? 0 : addresses.split(',').length);
        this.#status.readdress();
      },
    });
    const addresses = () => this.#published.addresses;
    const writes = new SharedLimit(writesPerSecond, secondMs);
    this.#status = new StatusWriter({ client, store, leads, log, addresses, limit: writes.share() });
    this.#events = new EventWriter({
      client,
      leads,
      shown: (key) => store.shown(key),
      identity,
      log,
      limit: writes.share(new RateLimit(eventsPerSecond, 1000)),
    });
    const { lastGood } = options;
    this.#standby = lastGood && this.#makeStandby(lastGood, connection);
  }

  get objects(): ObjectSet {
    return this.#store.objects;
  }

  get synced(): boolean {
    return this.#unread.size === 0 || this.#isRestored;
  }

  get settled(): boolean {
    return this.#secrets.settled && this.#configMaps.settled;
  }

  get staleSince(): Date | undefined {
    return this.#standby?.since;
  }

  get leads(): boolean {
    return this.#election.leads;
  }

  async run(signal: AbortSignal, changed: (kind: Kind, key?: string) => void): Promise<void> {
    this.#changed = changed;
    const { namespaces, namespaceSelector } = this.#options;
    const scopes = namespaces.length === 0 ? [{}] : namespaces.map((namespace) => ({ namespace }));
    const watches =
      namespaceSelector === undefined
        ? scopes.map((scope) => this.#follow(scope, signal))
        : [this.#selected.run(signal), this.#followSelected(namespaceSelector, signal)];
    // The Lease is given back when nothing is being written any more.
    const mayEnd = new AbortController();
    const writers = Promise.all([this.#status.run(signal), this.#events.run(signal)]).then(() =>
      mayEnd.abort(),
    );
    const wanted = [this.#secrets.run(signal), this.#configMaps.run(signal)];
    const published = this.#published.run(signal);
    const standby = this.#standby?.run(signal, () => this.#restored());
    await Promise.all([
      standby,
      published,
      ...watches,
      ...wanted,
      writers,
      this.#election.run(mayEnd.signal),
    ]);
    await this.#client.close();
  }

  want(secrets: ReadonlySet<string>, configMaps: ReadonlySet<string>): void {
    this.#secrets.want(secrets);
    this.#configMaps.want(configMaps);
    this.#wantedMaps = configMaps;
  }

  report(statuses: ReadonlyMap<string, ObjectStatus>, changed?: ReadonlySet<string>): void {
    this.#statuses = statuses;
    this.#events.report(statuses, changed);
    this.#status.set(statuses, changed);
  }

  async #follow(scope: { readonly namespace?: string }, ...how: [AbortSignal, AbortSignal?]): Promise<void> {
    const kinds = this.#kinds.filter(({ byName }) => !byName);
    await Promise.all(kinds.map((watched) => this.#watches.follow(watched, scope, ...how)));
  }

  #followSelected(selector: string, signal: AbortSignal): Promise<void> {
    const { log, timing } = this.#options;
    const changed = (names: ReadonlySet<string>): void => {
      log.info({ selector, namespaces: names.size }, 'watches the namespaces with such labels');
      for (const [kind, left] of this.#unread) {
        if (left.has('')) for (const name of names) left.add(name);
        // Those that lost their labels before they were read keep nobody waiting.
        for (const namespace of left) if (!names.has(namespace)) this.#read(kind, namespace);
      }
      this.#selected.want(names);
    };
    return followNamespaces(
      { client: this.#client, selector, log, timing: timing?.reflector, changed },
      signal,
    );
  }

  /** All of a kind in that namespace, or everywhere, was read for the first time. */
  #read(kind: Kind, namespace = ''): void {
    const left = this.#unread.get(kind);
    if (!left?.delete(namespace)) return;
    if (left.size === 0) this.#unread.delete(kind);
    // A ConfigMap that is wanted by its name is told by itself.
    if (!this.#unread.has(kind))
      this.#standby?.release(kind, undefined, kind === 'ConfigMap' ? this.#wantedMaps : undefined);
    if (this.#unread.size === 0) {
      const counts = watchedKinds.map((watched) => [watched.kind, this.objects[watched.kind].size]);
      this.#options.log.info({ objects: Object.fromEntries(counts) }, 'has read all objects');
    }
    // Also where there is no object: it is now known that there is none.
    this.#changed(kind);
  }

  /** Also where there is none of that name, or it may not be read: that is known now. */
  #answered(kind: Kind, key: string): void {
    const wanted = kind === 'Secret' ? this.#secrets : this.#configMaps;
    if (wanted.answered(key)) this.#changed(kind, key);
  }

  #touched(kind: Kind, key?: string): void {
    this.#standby?.dirty(kind, key);
    this.#changed(kind, key);
  }

  #makeStandby({ folder, waitMs, timing }: LastGoodOptions, { server }: Connection): Standby {
    const { log, namespaces, namespaceSelector, scope } = this.#options;
    const of = JSON.stringify([server, namespaceSelector ?? namespaces, scope]);
    return new Standby({
      file: new LastGood(join(folder, `last-good-${shortHash(of)}.gz`), of, log),
      store: this.#store,
      log,
      timing: { ...standbyTiming, ...timing, waitMs },
      changed: (kind, key) => this.#changed(kind, key),
      unread: () => new Set(this.#unread.keys()),
    });
  }

  #restored(): void {
    this.#isRestored = true;
    this.#changed('LoomRoute');
  }

  #elected(leads: boolean): void {
    this.#options.observe.leader(leads);
    if (leads) this.report(this.#statuses);
  }
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
