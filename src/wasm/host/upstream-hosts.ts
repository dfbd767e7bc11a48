import { status } from '../abi/status.ts';
import type { Host } from './host.ts';

/**
 * Higress: the endpoints that the request of the current context may go to, as pairs of `host:port` and JSON with
 * `health_status`, `weight` and `active_requests`. Empty where the route answers itself, or there is no request.
 */
export function proxyGetUpstreamHosts(host: Host, pointerOut: number, sizeOut: number): number {
  const pairs: string[] = [];
  for (const { endpoints } of host.stream?.exchange.backends ?? []) {
    endpoints.catchUp();
    for (const { authority, weight, healthy, inFlight } of endpoints.current)
      pairs.push(
        authority,
        JSON.stringify({
          health_status: healthy ? 'Healthy' : 'Unhealthy',
          weight,
          active_requests: inFlight,
        }),
      );
  }
  return host.memory.givePairs(pairs, pointerOut, sizeOut);
}

/**
 * Higress: sends the request to that `host:port` where it is one of its endpoints and healthy, else it goes where it would
 * have gone. Later tries go elsewhere. BAD_ARGUMENT without a request.
 */
export function proxySetUpstreamOverrideHost(host: Host, pointer: number, size: number): number {
  const authority = host.memory.latin1(pointer, size);
  if (!host.stream) return status.badArgument;
  host.stream.exchange.preferredEndpoint = authority;
  return status.ok;
}
