import { mapType } from '../abi/enums.ts';
import { maxBytes, parsePairs } from '../abi/header-map.ts';
import { status } from '../abi/status.ts';
import type { HeaderMap } from '../context/message-headers.ts';
import type { Host } from './host.ts';

/** The maps of callouts join here. */
function readable(host: Host, map: number): HeaderMap | undefined {
  if (map === mapType.requestHeaders) return host.stream?.request;
  if (map === mapType.responseHeaders) return host.stream?.response;
  if (map >= mapType.grpcInitialMetadata) return host.answer?.map(map);
  if (map === mapType.requestTrailers || map === mapType.responseTrailers) return host.stream?.trailers(map);
  return undefined;
}

function writable(host: Host, map: number): HeaderMap | undefined {
  const { stream } = host;
  if (stream?.writable === map) return readable(host, map);
  if (map === mapType.requestTrailers)
    return stream?.requestBody?.open ? stream.trailers(map, true) : undefined;
  if (map === mapType.responseTrailers)
    return stream?.responseBody?.open ? stream.trailers(map, true) : undefined;
  return undefined;
}

/** Bytes of all names and values, as in Envoy, and not their number. */
export function proxyGetHeaderMapSize(host: Host, map: number, out: number): number {
  const headers = readable(host, map);
  if (!headers) return status.badArgument;
  host.memory.setU32(out, headers.byteLength);
  return status.ok;
}

/** A map that is not there reads as an empty one, as in Envoy. */
export function proxyGetHeaderMapPairs(host: Host, map: number, pointerOut: number, sizeOut: number): number {
  if (map >>> 0 > mapType.callResponseTrailers) return status.badArgument;
  return host.memory.givePairs(readable(host, map)?.pairs() ?? [], pointerOut, sizeOut);
}

/** Malformed pairs count as none, as in the C++ host. */
export function proxySetHeaderMapPairs(host: Host, map: number, pointer: number, size: number): number {
  const headers = writable(host, map);
  if (!headers) return status.badArgument;
  const bytes = host.memory.subarray(pointer, size);
  headers.setPairs((bytes.length <= maxBytes ? parsePairs(bytes) : undefined) ?? []);
  return status.ok;
}

export function proxyGetHeaderMapValue(
  host: Host,
  map: number,
  name: number,
  nameSize: number,
  pointerOut: number,
  sizeOut: number,
): number {
  const headers = readable(host, map);
  if (!headers) return status.badArgument;
  const value = headers.get(host.memory.name(name, nameSize));
  if (value !== undefined) return host.memory.give(value, pointerOut, sizeOut);
  return host.abi === '0.1.0' ? host.memory.give('', pointerOut, sizeOut) : status.notFound;
}

export function proxyAddHeaderMapValue(
  host: Host,
  map: number,
  name: number,
  nameSize: number,
  value: number,
  valueSize: number,
): number {
  const headers = writable(host, map);
  if (!headers) return status.badArgument;
  const { memory } = host;
  headers.add(memory.name(name, nameSize), memory.value(value, valueSize));
  return status.ok;
}

export function proxyReplaceHeaderMapValue(
  host: Host,
  map: number,
  name: number,
  nameSize: number,
  value: number,
  valueSize: number,
): number {
  const headers = writable(host, map);
  if (!headers) return status.badArgument;
  const { memory } = host;
  headers.replace(memory.name(name, nameSize), memory.value(value, valueSize));
  return status.ok;
}

export function proxyRemoveHeaderMapValue(host: Host, map: number, name: number, nameSize: number): number {
  const headers = writable(host, map);
  if (!headers) return status.badArgument;
  headers.remove(host.memory.name(name, nameSize));
  return status.ok;
}
