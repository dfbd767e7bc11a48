import { dirname, resolve } from 'node:path';
import type { ConfigMap, KubeObject } from '../../api/core.ts';
import { isRecord } from '../../model/schema.ts';
import { isForeign } from '../external-name.ts';
import type { Kind } from '../objects.ts';
import type { Content, Entry } from './content.ts';
import type { FileProblem, Written } from './written.ts';

const versions: Readonly<Record<Kind, readonly string[]>> = {
  LoomRoute: ['loom.dev/v1alpha1'],
  LoomUpstream: ['loom.dev/v1alpha1'],
  WasmPlugin: ['loom.dev/v1alpha1'],
  Service: ['v1'],
  ConfigMap: ['v1'],
  Secret: ['v1'],
  EndpointSlice: ['discovery.k8s.io/v1'],
  ReferenceGrant: ['gateway.networking.k8s.io/v1beta1', 'gateway.networking.k8s.io/v1'],
};

/** DNS-1123 subdomain, as the API server asks of most names. */
export const objectName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

type Fields = Readonly<Record<string, unknown>>;

/**
 * The objects of one document. Those of kinds that Loom does not read are passed over, so that a folder may hold a whole
 * application; so are ConfigMaps with neither the label loom.dev/wasm=true, as in a cluster, nor authorities that an upstream may
 * name. `externalNames`: Services of type ExternalName keep the name that they stand for, which only who can be told to follow it
 * may see.
 */
export function readManifest(value: unknown, written: Written, externalNames: boolean): Content {
  const entries: Entry[] = [];
  const problems: FileProblem[] = [];
  const modules: string[] = [];
  const read = (item: unknown, at: string): void => {
    if (!isRecord(item) || typeof item['kind'] !== 'string' || typeof item['apiVersion'] !== 'string') {
      problems.push(written.problem(at, 'is not a manifest: apiVersion and kind are needed'));
      return;
    }
    const { kind, apiVersion, items } = item;
    if (kind.endsWith('List') && Array.isArray(items)) {
      for (const [i, inner] of items.entries()) read(inner, `${at}/items/${i}`);
      return;
    }
    if (!isKind(kind) || !versions[kind].includes(apiVersion)) {
      const isOurs = apiVersion.startsWith('loom.dev/');
      if (isOurs) problems.push(written.problem(`${at}/kind`, `there is no kind ${kind} in ${apiVersion}`));
      return;
    }
    const name = isRecord(item['metadata']) ? item['metadata']['name'] : undefined;
    if (typeof name !== 'string' || name.length > 253 || !objectName.test(name)) {
      const message =
        name === undefined ? 'is required' : 'must be a name of lower-case letters, digits, - and .';
      problems.push(written.problem(`${at}/metadata/name`, message));
      return;
    }
    const object = toObject(kind, item, written.file, modules, externalNames);
    if (kind === 'ConfigMap' && !isRead(object)) return;
    entries.push({
      kind,
      object,
      written,
      problems: [],
      tell: ({ path, message }) => ({
        ...written.problem(at + path, message),
        field: written.problem(path, '').field,
      }),
    });
  };
  read(value, '');
  return { entries, problems, modules, parts: [], missing: [] };
}

const isRead = ({ metadata, data }: ConfigMap): boolean =>
  metadata.labels?.['loom.dev/wasm'] === 'true' || data?.['ca.crt'] !== undefined;

function isKind(kind: string): kind is Kind {
  return Object.hasOwn(versions, kind);
}

/** Fills in what an API server would: the namespace `default` and the base64 of `stringData`. */
function toObject(
  kind: Kind,
  item: Fields,
  file: string,
  modules: string[],
  externalNames: boolean,
): KubeObject {
  const metadata = { namespace: 'default', ...(item['metadata'] as Fields) };
  let object: Fields = { ...item, metadata };
  if (kind === 'Secret' && isRecord(item['stringData'])) {
    const { stringData, ...rest } = object;
    const added = Object.entries(stringData as Fields).map(([key, text]) => [key, toBase64(String(text))]);
    object = { ...rest, data: { ...(item['data'] as Fields | undefined), ...Object.fromEntries(added) } };
  }
  if (kind === 'Service' && isRecord(item['spec'])) {
    const { externalName, ...spec } = item['spec'];
    const isFollowed =
      externalNames &&
      spec['type'] === 'ExternalName' &&
      typeof externalName === 'string' &&
      isForeign(externalName);
    object = { ...object, spec: { ...spec, ...(isFollowed && { externalName }) } };
  }
  if (kind === 'WasmPlugin') object = { ...object, spec: withAbsolutePath(item['spec'], file, modules) };
  return object as unknown as KubeObject;
}

const toBase64 = (text: string): string => Buffer.from(text).toString('base64');

/** The spec of a WasmPlugin with its file seen from the folder of the configuration; `modules` is told of it. */
export function withAbsolutePath(spec: unknown, configuration: string, modules: string[]): unknown {
  const source = isRecord(spec) ? spec['source'] : undefined;
  const file = isRecord(source) ? source['file'] : undefined;
  if (!isRecord(spec) || !isRecord(source) || !isRecord(file)) return spec;
  if (typeof file['path'] !== 'string' || file['path'] === '') return spec;
  const path = resolve(dirname(configuration), file['path']);
  modules.push(path);
  return { ...spec, source: { ...source, file: { ...file, path } } };
}
