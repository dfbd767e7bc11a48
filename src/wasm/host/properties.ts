import { encodeText, type PropertyValue } from '../abi/property-value.ts';
import { status } from '../abi/status.ts';
import { getShared, setShared } from '../context/shared-properties.ts';
import type { Host } from './host.ts';
import { properties, type PropertyReader } from './property-table.ts';

/** As the guest spells them: NUL between the parts. */
const byPath: ReadonlyMap<string, PropertyReader> = new Map(
  Object.entries(properties).map(([name, reader]) => [name.replaceAll('.', '\0'), reader]),
);
const requestHeader = 'request\0headers\0';
const responseHeader = 'response\0headers\0';

function read(host: Host, path: string): PropertyValue | undefined {
  // Known without an exchange too. The C++ SDK ends the module when plugin_root_id is not there, even where it is empty.
  if (path === 'plugin_root_id') return encodeText(host.plugin.rootId);
  if (path === 'plugin_name') return encodeText(host.plugin.id);
  if (path === 'plugin_vm_id') return '';
  const { stream } = host;
  if (!stream) return undefined;
  const reader = byPath.get(path);
  if (reader) return reader(stream);
  if (path.startsWith(requestHeader)) return joined(stream.request.pairs(), path.slice(requestHeader.length));
  if (path.startsWith(responseHeader))
    return joined(stream.response?.pairs() ?? [], path.slice(responseHeader.length));
  return getShared(stream.exchange, path);
}

/** All values of a name, joined by a comma without a space, as in Envoy. */
function joined(flat: readonly string[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  const values = flat.filter((_, i) => i % 2 === 1 && flat[i - 1] === wanted);
  return values.length === 0 ? undefined : values.join(',');
}

/** Some SDKs end the path with a NUL. */
const trimmed = (path: string): string => (path.endsWith('\0') ? path.slice(0, -1) : path);

export function proxyGetProperty(
  host: Host,
  path: number,
  pathSize: number,
  pointerOut: number,
  sizeOut: number,
): number {
  const value = read(host, trimmed(host.memory.latin1(path, pathSize)));
  return value === undefined ? status.notFound : host.memory.give(value, pointerOut, sizeOut);
}

/** Belongs to the exchange; a name that Loom itself knows can be set but keeps its own value. */
export function proxySetProperty(
  host: Host,
  path: number,
  pathSize: number,
  value: number,
  valueSize: number,
): number {
  const { stream, memory } = host;
  const name = trimmed(memory.latin1(path, pathSize));
  memory.check(value, valueSize);
  if (!stream) return status.notFound;
  return setShared(stream.exchange, name, memory.copy(value, valueSize)) ? status.ok : status.internalFailure;
}
