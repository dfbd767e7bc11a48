import { streamType } from '../abi/enums.ts';
import { status } from '../abi/status.ts';
import type { Host } from './host.ts';

/** Without a stream as the current context it does nothing and still succeeds, as in Envoy. */
export function proxyContinueStream(host: Host, type: number): number {
  if (type >>> 0 > streamType.upstream) return status.badArgument;
  if (type === streamType.upstream) return status.unimplemented;
  host.stream?.continue(type);
  return status.ok;
}

export const proxyContinueRequest = (host: Host): number => proxyContinueStream(host, streamType.request);
export const proxyContinueResponse = (host: Host): number => proxyContinueStream(host, streamType.response);

/** Resets the exchange: the client sees a closed connection. The streams of TCP are nothing to an exchange. */
export function proxyCloseStream(host: Host, type: number): number {
  if (type >>> 0 > streamType.upstream) return status.badArgument;
  if (type === streamType.request || type === streamType.response) host.stream?.close();
  return status.ok;
}

/** 0.1.0; later versions have a foreign function of that name. */
export function proxyClearRouteCache(host: Host): number {
  host.stream?.clearRouteCache();
  return status.ok;
}

/** Higress: puts bytes into the response behind this plugin; see `StreamContext.inject`. */
export function proxyInjectEncodedDataToFilterChain(
  host: Host,
  pointer: number,
  size: number,
  end: number,
): number {
  host.stream?.inject(host.memory.copy(pointer, size), end !== 0);
  return status.ok;
}
