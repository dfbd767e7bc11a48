import type { Kind } from '../objects.ts';
import type { Scope } from '../scope.ts';
import type { Query } from './client.ts';
import {
  keepConfigMap,
  keepEndpointSlice,
  keepGrant,
  keepNamedService,
  keepSecret,
  keepService,
  keepSpec,
  type Keep,
} from './keep.ts';

export interface WatchedKind {
  readonly kind: Kind;
  readonly apiVersion: string;
  /** Name of the collection in URLs. */
  readonly plural: string;
  readonly query: Query;
  readonly keep: Keep;
  /** Loom writes its status. */
  readonly hasStatus?: true;
  /** Its API need not exist. */
  readonly optional?: true;
  /** Only objects that are asked for by name are watched, each by itself; Loom is ready without them. */
  readonly byName?: true;
}

const own = { apiVersion: 'loom.dev/v1alpha1', query: {}, keep: keepSpec, hasStatus: true } as const;

/** All kinds that Loom watches. */
export const watchedKinds: readonly WatchedKind[] = [
  { kind: 'LoomRoute', plural: 'loomroutes', ...own },
  { kind: 'LoomUpstream', plural: 'loomupstreams', ...own },
  { kind: 'WasmPlugin', plural: 'wasmplugins', ...own },
  { kind: 'Service', apiVersion: 'v1', plural: 'services', query: {}, keep: keepService },
  {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    plural: 'endpointslices',
    query: {},
    keep: keepEndpointSlice,
  },
  {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    plural: 'configmaps',
    query: { labelSelector: 'loom.dev/wasm=true' },
    keep: keepConfigMap,
  },
  { kind: 'ConfigMap', apiVersion: 'v1', plural: 'configmaps', query: {}, keep: keepConfigMap, byName: true },
  { kind: 'Secret', apiVersion: 'v1', plural: 'secrets', query: {}, keep: keepSecret, byName: true },
  {
    kind: 'ReferenceGrant',
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    plural: 'referencegrants',
    query: {},
    keep: keepGrant,
    optional: true,
  },
];

/** What one Loom watches: of its own kinds only what may be its own. */
export const kindsFor = ({ selector }: Scope, externalNames: boolean): readonly WatchedKind[] =>
  watchedKinds.map((watched) => {
    if (watched.kind === 'Service' && externalNames) return { ...watched, keep: keepNamedService };
    if (!watched.hasStatus || !selector) return watched;
    return { ...watched, query: { ...watched.query, labelSelector: selector.text } };
  });

/** URL path of a collection, or of one object in it. */
export function pathOf(
  { apiVersion, plural }: { readonly apiVersion: string; readonly plural: string },
  namespace?: string,
  name?: string,
): string {
  const api = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${api}${scope}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}
