import type { Service } from '../../api/core.ts';
import type { Plugin } from '../../model/model.ts';
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
  if (service.spec?.type === 'ExternalName') {
    return unresolved(
      'UnsupportedService',
      `${field}: the Service ${id} is of type ExternalName, which has no endpoints.`,
    );
  }
  if (service.spec?.ports?.some((p) => p.port === port)) return undefined;
  return unresolved('PortNotFound', `${field}: the Service ${id} has no port ${port}.`);
}

/** What keeps a plugin from using its source, or undefined. Files are looked at when they are read. */
export function checkSource(plugin: Plugin, objects: ObjectSet): ConditionState | undefined {
  if (plugin.source.type !== 'ConfigMap') return undefined;
  const { namespace, name, key } = plugin.source;
  const id = idOf(namespace, name);
  const field = 'spec.source.configMapRef';
  const configMap = objects.ConfigMap.get(id);
  if (!configMap) {
    return unresolved(
      'ConfigMapNotFound',
      `${field}: there is no ConfigMap ${id} with the label loom.dev/wasm=true.`,
    );
  }
  if (configMap.binaryData?.[key] !== undefined) return undefined;
  return unresolved('KeyNotFound', `${field}: the ConfigMap ${id} has no key ${key} in binaryData.`);
}
