import type { Condition } from '../../api/core.ts';
import type { Kind, ObjectSet, ObjectStatus } from '../objects.ts';
import type { Addresses } from './addresses.ts';
import { hasStatus } from './api-error.ts';
import { Client } from './client.ts';
import { readConnection } from './config.ts';
import { kindsFor, pathOf, watchedKinds, type WatchedKind } from './kinds.ts';
import { readAddresses, type Publication } from './published-addresses.ts';
import { namespacesPath } from './selected-namespaces.ts';
import { differs } from './status.ts';
import { Store } from './store.ts';

export interface ReadOnceOptions {
  /** Path; undefined: as `loom operator` finds it. */
  readonly kubeconfig?: string;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** In place of `namespaces`: those with such labels. */
  readonly namespaceSelector?: string | undefined;
  /** Services of type ExternalName may be upstreams. */
  readonly externalNames?: boolean;
  readonly publication?: Publication | undefined;
}

/** The objects of a cluster as they were at one moment. */
export interface ClusterReading {
  readonly server: string;
  readonly objects: ObjectSet;
  /** Conditions that an object shows; `key` is `Kind:namespace/name`. */
  shown(key: string): readonly Condition[];
  /** Whether the status of an object does not show all that. */
  differs(key: string, status: ObjectStatus): boolean;
  /** What routes should show. */
  readonly addresses: Addresses;
  /** Reads the Secrets and ConfigMaps that objects name; one that may not be read is as good as missing. */
  readNamed(secrets: ReadonlySet<string>, configMaps: ReadonlySet<string>): Promise<void>;
  close(): Promise<void>;
}

/**
 * Lists everything that `loom operator` would watch, once, and writes nothing. Rejects with an ApiError when a kind cannot be
 * listed, and with a message for people when there is no API server.
 */
export async function readCluster({
  kubeconfig,
  namespaces,
  namespaceSelector,
  externalNames = false,
  publication,
}: ReadOnceOptions): Promise<ClusterReading> {
  const connection = await readConnection(kubeconfig);
  const client = new Client(connection);
  const store = new Store();
  const { signal } = new AbortController();
  let scopes: readonly (string | undefined)[] = namespaces.length === 0 ? [undefined] : namespaces;
  const readKind = async (watched: WatchedKind): Promise<void> => {
    const lists = await Promise.all(
      scopes.map((namespace) => client.list(pathOf(watched, namespace), watched.query, signal)),
    );
    store.part(watched).replace(lists.flatMap(({ items }) => items));
  };
  const readNames = async (kind: Kind, names: ReadonlySet<string>): Promise<void> => {
    const watched = watchedKinds.find((one) => one.byName && one.kind === kind) as WatchedKind;
    const part = store.part(watched);
    for (const key of names) {
      const [namespace = '', name = ''] = key.split('/');
      const query = { ...watched.query, fieldSelector: `metadata.name=${name}` };
      try {
        const { items } = await client.list(pathOf(watched, namespace), query, signal);
        for (const item of items) part.apply(item);
      } catch (error) {
        if (!hasStatus(error, 403)) throw error;
      }
    }
  };
  let addresses: Addresses;
  try {
    if (namespaceSelector !== undefined) {
      const { items } = await client.list(namespacesPath, { labelSelector: namespaceSelector }, signal);
      scopes = items.map(({ metadata }) => metadata.name);
    }
    for (const watched of kindsFor({}, externalNames)) {
      if (watched.byName) continue;
      await readKind(watched).catch((error: unknown) => {
        if (!watched.optional || !hasStatus(error, 404)) throw error;
      });
    }
    addresses = await readAddresses(client, publication, signal);
  } catch (error) {
    await client.close();
    throw error;
  }
  return {
    server: connection.server,
    objects: store.objects,
    shown: (key) => store.shown(key),
    differs: (key, status) => differs(store, key, status, addresses),
    addresses,
    readNamed: async (secrets, configMaps) => {
      await readNames('Secret', secrets);
      await readNames('ConfigMap', configMaps);
    },
    close: () => client.close(),
  };
}
