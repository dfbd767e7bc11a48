import type {
  ConfigMap,
  EndpointSlice,
  KubeObject,
  ObjectMeta,
  ReferenceGrant,
  Secret,
  Service,
} from '../../api/core.ts';
import { internState } from './intern.ts';
import { isForeign } from '../external-name.ts';

/**
 * What Loom keeps of an object: the fields that it reads and no others, so that two versions which differ elsewhere (status,
 * managedFields, resourceVersion, …) are equal, and memory holds nothing for nobody. `type` fills in what the items of lists lack.
 */
export type Keep = (object: KubeObject, type: Pick<KubeObject, 'apiVersion' | 'kind'>) => KubeObject;

type Typed = Pick<KubeObject, 'apiVersion' | 'kind'>;

/** Loom's own kinds: spec whole, as it was written. */
export const keepSpec: Keep = (object, type) => {
  const { spec } = object as KubeObject & { readonly spec?: unknown };
  return { ...type, metadata: keepMeta(object.metadata), spec } as KubeObject;
};

export const keepService = (object: KubeObject, type: Typed): Service => {
  const { metadata, spec } = object as Service;
  const ports = spec?.ports?.map(({ name, port, protocol, appProtocol, targetPort }) => ({
    port,
    ...(name !== undefined && { name }),
    ...(protocol !== undefined && { protocol }),
    ...(appProtocol !== undefined && { appProtocol }),
    ...(targetPort !== undefined && { targetPort }),
  }));
  const kept = { ...(spec?.type !== undefined && { type: spec.type }), ...(ports && { ports }) };
  return { ...type, metadata: keepMeta(metadata), ...(spec && { spec: kept }) };
};

/** The same where Services of type ExternalName may be upstreams: with the name, unless it leads into the pod or its node. */
export const keepNamedService = (object: KubeObject, type: Typed): Service => {
  const kept = keepService(object, type);
  const { externalName, type: told } = (object as Service).spec ?? {};
  if (told !== 'ExternalName' || externalName === undefined || !isForeign(externalName)) return kept;
  return { ...kept, spec: { ...kept.spec, externalName } };
};

export const keepEndpointSlice = (object: KubeObject, type: Typed): EndpointSlice => {
  const { metadata, addressType, endpoints, ports } = object as EndpointSlice;
  const { name, namespace, labels } = metadata;
  const service = labels?.['kubernetes.io/service-name'];
  return {
    ...type,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(service !== undefined && { labels: { 'kubernetes.io/service-name': service } }),
    },
    addressType,
    ...(endpoints && {
      endpoints: endpoints.map(({ addresses, conditions, zone, hints }) => ({
        addresses,
        ...(conditions && { conditions: internState(conditions) }),
        ...(zone !== undefined && { zone }),
        ...(hints?.forZones && { hints: { forZones: hints.forZones } }),
      })),
    }),
    ...(ports && { ports }),
  };
};

/** Where authorities are, in ConfigMaps and Secrets alike. */
const authorityKey = 'ca.crt';

export const keepConfigMap = (object: KubeObject, type: Typed): ConfigMap => {
  const { metadata, data, binaryData } = object as ConfigMap;
  const ca = data?.[authorityKey];
  return {
    ...type,
    metadata: keepNames(metadata),
    ...(ca !== undefined && { data: { [authorityKey]: ca } }),
    ...(binaryData && { binaryData }),
  };
};

/** What each type of Secret may hold for Loom: whatever else an object names by mistake never gets into memory. */
const secretKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key', authorityKey],
  Opaque: [authorityKey, 'auth', '.htpasswd', 'users'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
};

export const keepSecret = (object: KubeObject, type: Typed): Secret => {
  const { metadata, type: secretType, data } = object as Secret;
  const keys = secretKeys[secretType ?? 'Opaque'] ?? [];
  const kept = Object.entries(data ?? {}).filter(([key]) => keys.includes(key));
  return {
    ...type,
    metadata: keepNames(metadata),
    ...(secretType !== undefined && { type: secretType }),
    data: Object.fromEntries(kept),
  };
};

export const keepGrant = (object: KubeObject, type: Typed): ReferenceGrant => {
  const { metadata, spec } = object as ReferenceGrant;
  return { ...type, metadata: keepNames(metadata), spec };
};

function keepNames({ name, namespace, uid }: ObjectMeta): ObjectMeta {
  return { name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) };
}

/** The whole object as text that kubectl leaves behind; often the largest annotation, and never read here. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

function keepMeta(meta: ObjectMeta): ObjectMeta {
  const { generation, creationTimestamp, labels } = meta;
  const { [lastApplied]: _, ...annotations } = meta.annotations ?? {};
  return {
    ...keepNames(meta),
    ...(generation !== undefined && { generation }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(labels && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}
