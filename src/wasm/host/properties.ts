import { mapType } from '../abi/enums.ts';
import {
  encodeAttribute,
  encodeInt,
  textAttribute,
  type Attribute,
  type PropertyValue,
} from '../abi/property-value.ts';
import { status } from '../abi/status.ts';
import type { StreamContext } from '../context/context.ts';
import type { HeaderMap } from '../context/message-headers.ts';
import { getShared } from '../context/shared-properties.ts';
import type { Host } from './host.ts';
import { nodeField, nodeMessage } from './node-message.ts';
import { properties, type PropertyReader } from './property-table.ts';
import { setProperty } from './property-setters.ts';

/** As the guest spells them: NUL between the parts. */
const byPath: ReadonlyMap<string, PropertyReader> = new Map(
  Object.entries(properties).map(([name, reader]) => [name.replaceAll('.', '\0'), reader]),
);

/** Attributes with parts of any name, by what comes before the name. */
const byPrefix: readonly (readonly [
  string,
  (stream: StreamContext, name: string) => Attribute | undefined,
])[] = [
  ['request\0headers\0', (stream, name) => joined(stream.request, name)],
  ['response\0headers\0', (stream, name) => joined(stream.response, name)],
  ['response\0trailers\0', (stream, name) => joined(stream.trailers(mapType.responseTrailers), name)],
  ['filter_state\0wasm.', (stream, name) => getShared(stream.exchange, name)],
];

/** Groups of attributes: there, but nothing that could be given (`serializeValue` fails on them in Envoy). */
const groups: ReadonlySet<string> = new Set([
  ...Object.keys(properties)
    .filter((name) => name.includes('.'))
    .map((name) => name.slice(0, name.indexOf('.'))),
  'filter_state',
  'upstream_filter_state',
]);

/** All values of a name, joined by a comma without a space, as in Envoy. */
function joined(headers: HeaderMap | undefined, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const flat = headers?.pairs() ?? [];
  let all: string | undefined;
  for (let i = 0; i < flat.length; i += 2)
    if (flat[i] === wanted) all = all === undefined ? flat[i + 1] : `${all},${flat[i + 1]}`;
  return all;
}

/** Known without an exchange too. The C++ SDK ends the module when plugin_root_id is not there, even where it is empty. */
function ofPlugin({ plugin, memory }: Host, path: string): PropertyValue | undefined {
  if (path === 'plugin_root_id') return textAttribute(plugin.rootId);
  if (path === 'plugin_name') return textAttribute(plugin.id);
  if (path === 'plugin_vm_id') return textAttribute(plugin.vmId);
  if (path === 'plugin_vm_memory') return encodeInt(BigInt(memory.byteLength));
  const node = path.startsWith('xds\0node') ? path.slice(4) : path;
  if (node === 'node') return nodeMessage;
  return node.startsWith('node\0') ? nodeField(node.slice(5)) : undefined;
}

function ofStream(stream: StreamContext, path: string): Attribute | undefined {
  const reader = byPath.get(path);
  if (reader) return reader(stream);
  for (const [prefix, read] of byPrefix)
    if (path.startsWith(prefix)) return read(stream, path.slice(prefix.length));
  return getShared(stream.exchange, path);
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
  const { memory, stream } = host;
  const name = trimmed(memory.latin1(path, pathSize));
  memory.check(pointerOut, 4);
  memory.check(sizeOut, 4);
  const value = ofPlugin(host, name) ?? (stream && ofStream(stream, name));
  if (value !== undefined) return memory.give(encodeAttribute(value), pointerOut, sizeOut);
  return stream && groups.has(name) ? status.serializationFailure : status.notFound;
}

/**
 * Belongs to the exchange; a name that Loom itself knows can be set but keeps its own value. What cannot be kept has no effect
 * and is warned of: the Rust SDK ends the instance on any answer but OK.
 */
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
  setProperty(host, stream, name, memory.copy(value, valueSize));
  return status.ok;
}
