import { parsePairs } from '../abi/header-map.ts';
import { status } from '../abi/status.ts';
import { tokenKind } from '../calls/calls.ts';
import { callRequest, HttpAnswer } from '../calls/http.ts';
import type { Host } from './host.ts';

/** Larger requests are not what this call is for; they would be copied on the request path. */
const maxBody = 16 << 20;

/**
 * Sends a request; the answer comes as proxy_on_http_call_response to the root context. The token is 0 until the call is on
 * its way. BAD_ARGUMENT: no such upstream, not granted, a request that cannot be sent;
 * INTERNAL_FAILURE: too many calls at once.
 */
export function proxyHttpCall(
  host: Host,
  upstream: number,
  upstreamSize: number,
  headers: number,
  headersSize: number,
  body: number,
  bodySize: number,
  trailers: number,
  trailersSize: number,
  timeoutMs: number,
  tokenOut: number,
): number {
  const { memory, calls } = host;
  memory.setU32(tokenOut, 0);
  if (bodySize >>> 0 > maxBody || (timeoutMs | 0) < 0) return status.badArgument;
  const found = calls.destination(memory.latin1(upstream, upstreamSize));
  const pairs = parsePairs(memory.subarray(headers, headersSize));
  const tail = parsePairs(memory.subarray(trailers, trailersSize));
  const request = pairs && tail && callRequest(pairs, memory.copy(body, bodySize), tail, timeoutMs);
  if (!found || !request) return status.badArgument;
  const call = calls.begin(tokenKind.http, found.upstream);
  if (!call) return status.internalFailure;
  const sent = calls.callouts.http(found.to, request, new HttpAnswer(call));
  call.cancel = () => sent.cancel();
  memory.setU32(tokenOut, call.token);
  return status.ok;
}

/** How the last call of the root context ended: 0 for HTTP, a status of gRPC for gRPC. */
export function proxyGetStatus(host: Host, codeOut: number, pointerOut: number, sizeOut: number): number {
  const { code, message } = host.calls.status;
  host.memory.check(codeOut, 4);
  const given = host.memory.give(message, pointerOut, sizeOut);
  if (given === status.ok) host.memory.setU32(codeOut, code);
  return given;
}
