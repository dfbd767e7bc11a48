import { defaultSettings } from '../sources/file/settings.ts';
import { fileSource, type FileSource } from '../sources/file/source.ts';
import type { Publication } from '../sources/kube/published-addresses.ts';
import type { ClusterReading } from '../sources/kube/read-once.ts';
import type { ObjectSet } from '../sources/objects.ts';
import {
  externalNamesOf,
  namespaceOptions,
  namespacesOf,
  type NamespaceValues,
  scopeOf,
  scopeOptions,
  translateOptionsOf,
  type ScopeValues,
} from './scope.ts';
import { Translator, type Translation } from '../sources/translate/translator.ts';
import { loggerTo } from '../telemetry/log.ts';

/** A configuration that a command looks at, without serving it. */
export interface Configuration extends Translation {
  /** Where it is from, for people. */
  readonly title: string;
  readonly settings: ReturnType<typeof defaultSettings>;
}

/** For parseArgs: which objects of a cluster, or of a folder of manifests. */
export const clusterOptions = {
  cluster: { type: 'boolean' },
  kubeconfig: { type: 'string' },
  ...namespaceOptions,
  ...scopeOptions,
} as const;

export interface ClusterValues extends ScopeValues, NamespaceValues {
  readonly cluster?: boolean | undefined;
  readonly kubeconfig?: string | undefined;
}

/** The lines of `loom COMMAND --help` for them. */
export const clusterDetails = `  --cluster           the objects of a cluster, read once; nothing is written
  --kubeconfig FILE   how to reach it; without it as loom operator does
  --namespaces A,B    only those namespaces; --namespace-selector LABELS: those with such labels
  --class NAME        objects of that class instead of those without one; --default-class: as well
  --selector LABELS   only objects with such labels
  --compat-annotations  annotations of other gateways count too
  --allow-external-names  Services of type ExternalName are upstreams`;

const translatorOf = (values: ScopeValues, ofCluster = false): Translator =>
  new Translator(scopeOf(values), translateOptionsOf(values, ofCluster));

const filesAt = (path: string, values: ScopeValues): FileSource => {
  const silent = loggerTo(() => undefined, 'silent');
  return fileSource(path, silent, undefined, externalNamesOf(values));
};

/** A loom.yaml, a file or a folder of manifests. Throws what is wrong with it. */
export function readFiles(path: string, values: ScopeValues = {}): Configuration {
  const source = filesAt(path, values);
  const translation = translatorOf(values).translate(source.objects);
  return { title: path, settings: source.settings, ...translation };
}

/** The objects of a cluster now, with the Secrets and ConfigMaps that they name. To be closed. */
export async function openCluster(values: ClusterValues, publication?: Publication): Promise<ClusterReading> {
  const { kubeconfig } = values;
  // Only here: the Kubernetes client costs memory and time that who reads files need not pay.
  const { readCluster } = await import('../sources/kube/read-once.ts');
  return readCluster({
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...namespacesOf(values),
    externalNames: externalNamesOf(values),
    publication,
  });
}

/** The same as one configuration; settings are those of the process, which a cluster does not know. */
export async function readClusterOnce(
  values: ClusterValues,
  settings = defaultSettings(),
): Promise<Configuration> {
  const reading = await openCluster(values);
  try {
    return { title: reading.server, settings, ...(await translateCluster(reading, values)) };
  } finally {
    await reading.close();
  }
}

/**
 * A cluster now, and as it would be after those files were applied to it: objects that are there keep their age and whatever the
 * files do not speak of, those that are new are the youngest.
 */
export async function readClusterAndFiles(
  values: ClusterValues,
  path: string,
): Promise<readonly [Configuration, Configuration]> {
  const { objects } = filesAt(path, values);
  const settings = defaultSettings();
  const reading = await openCluster(values);
  try {
    const before = await translateCluster(reading, values);
    const changed = {
      ...reading,
      // Anew each time: Secrets that only the files name come in between.
      get objects() {
        return applied(reading.objects, objects);
      },
    };
    const after = await translateCluster(changed, values);
    return [
      { title: reading.server, settings, ...before },
      { title: path, settings, ...after },
    ];
  } finally {
    await reading.close();
  }
}

/** The object of any kind. */
type AnyObject = ObjectSet['LoomRoute'] extends ReadonlyMap<string, infer T> ? T : never;

function applied(objects: ObjectSet, files: ObjectSet): ObjectSet {
  const kinds = Object.keys(objects) as (keyof ObjectSet)[];
  const all = kinds.map((kind) => {
    const now: ReadonlyMap<string, AnyObject> = objects[kind];
    const next = new Map(now);
    for (const [key, object] of files[kind] as ReadonlyMap<string, AnyObject>) {
      const { uid, creationTimestamp = '9999-12-31T23:59:59Z' } = now.get(key)?.metadata ?? {};
      const metadata = { ...object.metadata, creationTimestamp, ...(uid !== undefined && { uid }) };
      next.set(key, { ...object, metadata });
    }
    return [kind, next] as const;
  });
  return Object.fromEntries(all) as unknown as ObjectSet;
}

/** What objects name is known only when they are translated. */
export async function translateCluster(reading: ClusterReading, values: ScopeValues): Promise<Translation> {
  const translator = translatorOf(values, true);
  const { secrets, configMaps } = translator.translate(reading.objects);
  await reading.readNamed(secrets, configMaps);
  return translator.translate(reading.objects);
}
