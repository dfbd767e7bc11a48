import { parsePairs } from '../abi/header-map.ts';
import { status } from '../abi/status.ts';
import { tokenKind, type TokenKind } from '../calls/calls.ts';
import type { PendingCall } from '../calls/pending-call.ts';
import { callMetadata, GrpcStreamAnswer, GrpcUnaryAnswer } from '../calls/grpc.ts';
import { parseGrpcService } from '../calls/grpc-service.ts';
import type { Destination } from '../../upstream/callouts/destination.ts';
import type { GrpcRequest } from '../../upstream/callouts/grpc-call.ts';
import type { Host } from './host.ts';

const maxMessage = 16 << 20;
/** A method in a path (RFC 3986 section 3.3), as protobuf names it. */
const methodName = /^[\w.-]+$/;

interface Prepared {
  readonly to: Destination;
  readonly upstream: string;
  readonly request: GrpcRequest;
}

/** Undefined: no such upstream, not granted, or what cannot be sent. */
function prepare(
  host: Host,
  [target, targetSize]: readonly [number, number],
  [service, serviceSize]: readonly [number, number],
  [method, methodSize]: readonly [number, number],
  [metadata, metadataSize]: readonly [number, number],
  timeoutMs: number,
): Prepared | undefined {
  const { memory, calls } = host;
  const told = parseGrpcService(memory.copy(target, targetSize));
  const names = [memory.latin1(service, serviceSize), memory.latin1(method, methodSize)];
  const pairs = parsePairs(memory.subarray(metadata, metadataSize));
  const found = told && calls.destination(told.name);
  const fields = pairs && told && callMetadata([...told.metadata, ...pairs]);
  if (!found || !fields || timeoutMs < 0 || !names.every((name) => methodName.test(name))) return undefined;
  return {
    ...found,
    request: {
      path: `/${names.join('/')}`,
      authority: told.authority ?? told.name.split(/[|/]/).at(-1) ?? '',
      tls: told.tls,
      metadata: fields,
      timeoutMs: timeoutMs > 0 ? timeoutMs : told.timeoutMs,
    },
  };
}

function begin(
  host: Host,
  kind: TokenKind,
  tokenOut: number,
  { upstream }: Prepared,
): PendingCall | undefined {
  const call = host.calls.begin(kind, upstream);
  if (call) host.memory.setU32(tokenOut, call.token);
  return call;
}

/**
 * One message there, one back. The service is a serialized GrpcService or a name. PARSE_FAILURE: no such upstream, not granted,
 * or a request that cannot be sent; INTERNAL_FAILURE: too many calls at once.
 */
export function proxyGrpcCall(
  host: Host,
  target: number,
  targetSize: number,
  service: number,
  serviceSize: number,
  method: number,
  methodSize: number,
  metadata: number,
  metadataSize: number,
  message: number,
  messageSize: number,
  timeoutMs: number,
  tokenOut: number,
): number {
  const { memory, calls } = host;
  memory.setU32(tokenOut, 0);
  const prepared = prepare(
    host,
    [target, targetSize],
    [service, serviceSize],
    [method, methodSize],
    [metadata, metadataSize],
    timeoutMs | 0,
  );
  if (!prepared || messageSize >>> 0 > maxMessage) return status.parseFailure;
  const bytes = memory.copy(message, messageSize);
  const call = begin(host, tokenKind.grpcCall, tokenOut, prepared);
  if (!call) return status.internalFailure;
  const sent = calls.callouts.grpc(prepared.to, prepared.request, new GrpcUnaryAnswer(call));
  call.cancel = () => sent.cancel();
  sent.send(bytes, true);
  return status.ok;
}

/** Messages in both directions, see proxyGrpcSend. */
export function proxyGrpcStream(
  host: Host,
  target: number,
  targetSize: number,
  service: number,
  serviceSize: number,
  method: number,
  methodSize: number,
  metadata: number,
  metadataSize: number,
  tokenOut: number,
): number {
  host.memory.setU32(tokenOut, 0);
  const prepared = prepare(
    host,
    [target, targetSize],
    [service, serviceSize],
    [method, methodSize],
    [metadata, metadataSize],
    0,
  );
  if (!prepared) return status.parseFailure;
  // A stream has no timeout of its own in the ABI, and lasts as long as both sides want.
  const request = { ...prepared.request, timeoutMs: 0 };
  const call = begin(host, tokenKind.grpcStream, tokenOut, prepared);
  if (!call) return status.internalFailure;
  const stream = host.calls.callouts.grpc(prepared.to, request, new GrpcStreamAnswer(call));
  call.cancel = () => stream.cancel();
  call.stream = stream;
  return status.ok;
}

/** BAD_ARGUMENT for a token of something else, NOT_FOUND for a stream that is over. */
export function proxyGrpcSend(host: Host, token: number, message: number, size: number, end: number): number {
  const bytes = host.memory.copy(message, size);
  if ((token & 3) !== tokenKind.grpcStream || bytes.length > maxMessage) return status.badArgument;
  const { stream } = host.calls.get(token) ?? {};
  if (!stream) return status.notFound;
  stream.send(bytes, end !== 0);
  return status.ok;
}

/** Resets a call or a stream; nothing more is heard of it. */
export function proxyGrpcCancel(host: Host, token: number): number {
  const call = grpcCall(host, token);
  if (!call) return status.notFound;
  call.end('cancelled');
  call.cancel();
  return status.ok;
}

/** No more messages to a stream; the end of a call. */
export function proxyGrpcClose(host: Host, token: number): number {
  const call = grpcCall(host, token);
  if (!call?.stream) return call ? proxyGrpcCancel(host, token) : status.notFound;
  call.stream.end();
  return status.ok;
}

function grpcCall(host: Host, token: number): PendingCall | undefined {
  const kind = token & 3;
  return kind === tokenKind.grpcCall || kind === tokenKind.grpcStream ? host.calls.get(token) : undefined;
}
