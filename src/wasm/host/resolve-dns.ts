import { status } from '../abi/status.ts';
import { tokenKind } from '../calls/calls.ts';
import { deliverDns } from '../calls/dns.ts';
import type { Host } from './host.ts';

/**
 * Envoy: the addresses of a host, which come as envoy_on_resolve_dns. A question to DNS is a message to its servers, so only
 * hosts of `host:port` grants may be asked for: BAD_ARGUMENT for others. INTERNAL_FAILURE: too many calls at once.
 */
export function envoyResolveDns(host: Host, name: number, nameSize: number, tokenOut: number): number {
  const { memory, calls } = host;
  memory.setU32(tokenOut, 0);
  const asked = memory.latin1(name, nameSize).toLowerCase();
  if (!calls.mayResolve(asked)) return status.badArgument;
  const call = calls.begin(tokenKind.http, asked);
  if (!call) return status.internalFailure;
  const lookup = calls.callouts.resolve(asked, (addresses) => deliverDns(call, addresses));
  call.cancel = () => lookup.cancel();
  memory.setU32(tokenOut, call.token);
  return status.ok;
}
