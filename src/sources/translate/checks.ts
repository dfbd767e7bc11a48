import type { Service } from '../../api/core.ts';
import type { Plugin } from '../../model/plugin.ts';
import type { ConditionState, ObjectSet } from '../objects.ts';
import { idOf } from './route.ts';
import { unresolved } from './verdict.ts';

/** What keeps an object from using a port of a Service, or undefined. */
export function checkService(
  service: Service | undefined,
  id: string,
  port: number,
  field: string,
): ConditionState | undefined {
  if (!service) return unresolved('ServiceNotFound', `${field}: there is no Service ${id}.`);
  if (service.spec?.externalName !== undefined) return undefined;
  if (service.spec?.type === 'ExternalName') {
    return unresolved(
      'UnsupportedService',
      `${field}: the Service ${id} is of type ExternalName, which loom operator --allow-external-names would follow.`,
    );
  }
  if (service.spec?.ports?.some((p) => p.port === port)) return undefined;
  return unresolved('PortNotFound', `${field}: the Service ${id} has no port ${port}.`);
}

/** What keeps a plugin from using its source, or undefined. Files and servers are looked at when they are read. */
export function checkSource({ source }: Plugin, objects: ObjectSet): ConditionState | undefined {
  if (source.type === 'ConfigMap') return checkConfigMaps(source, objects);
  if (source.type === 'File' || source.pullSecret === undefined) return undefined;
  const field = `spec.source.${source.type.toLowerCase()}.pullSecretRef`;
  const secret = objects.Secret.get(source.pullSecret);
  if (!secret) return unresolved('SecretNotFound', `${field}: there is no Secret ${source.pullSecret}.`);
  if (secret.data?.['.dockerconfigjson'] !== undefined) return undefined;
  return unresolved(
    'InvalidSecret',
    `${field}: the Secret ${source.pullSecret} is not of type kubernetes.io/dockerconfigjson.`,
  );
}

function checkConfigMaps(
  { namespace, parts }: Extract<Plugin['source'], { type: 'ConfigMap' }>,
  objects: ObjectSet,
): ConditionState | undefined {
  for (const [i, { name, key }] of parts.entries()) {
    const id = idOf(namespace, name);
    const field = parts.length > 1 ? `spec.source.configMapChunks[${i}]` : 'spec.source.configMapRef';
    const configMap = objects.ConfigMap.get(id);
    if (!configMap) {
      return unresolved(
        'ConfigMapNotFound',
        `${field}: there is no ConfigMap ${id} with the label loom.dev/wasm=true.`,
      );
    }
    if (configMap.binaryData?.[key] !== undefined) continue;
    return unresolved('KeyNotFound', `${field}: the ConfigMap ${id} has no key ${key} in binaryData.`);
  }
  return undefined;
}
