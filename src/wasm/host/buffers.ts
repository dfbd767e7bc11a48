import { bufferType } from '../abi/enums.ts';
import { status } from '../abi/status.ts';
import type { BodyFilter } from '../context/body-filter.ts';
import type { Host } from './host.ts';

const nothing = Buffer.alloc(0);

/** The body that the guest may look at now: in its callback, or while it holds it back. */
function openBody({ stream }: Host, type: number): BodyFilter | undefined {
  const body =
    type === bufferType.requestBody
      ? stream?.requestBody
      : type === bufferType.responseBody
        ? stream?.responseBody
        : undefined;
  return body?.open ? body : undefined;
}

/** Undefined for a buffer that is not there. Bodies read as empty outside their callbacks, as in Envoy. */
function readable(host: Host, type: number): Buffer | undefined {
  const body = openBody(host, type);
  if (body) return body.buffer.slice(0, body.buffer.length);
  if (type === bufferType.pluginConfiguration) return host.root?.config;
  if (type === bufferType.vmConfiguration || type <= bufferType.upstreamData) return nothing;
  return host.answer?.buffer(type);
}

/** What lies beyond the end is cut; a start beyond the end gives nothing. */
export function proxyGetBufferBytes(
  host: Host,
  type: number,
  start: number,
  max: number,
  pointerOut: number,
  sizeOut: number,
): number {
  if (type >>> 0 > bufferType.redisAnswer) return status.badArgument;
  const buffer = readable(host, type);
  if (!buffer) return status.notFound;
  const from = start >>> 0;
  // In 64 bits in the ABI's text: a sum beyond 32 bits is a mistake of the guest.
  if (from + (max >>> 0) > 0xffff_ffff) return status.badArgument;
  return host.memory.give(buffer.subarray(from, from + (max >>> 0)), pointerOut, sizeOut);
}

/** The flags are always 0. */
export function proxyGetBufferStatus(host: Host, type: number, sizeOut: number, flagsOut: number): number {
  if (type >>> 0 > bufferType.redisAnswer) return status.badArgument;
  const length = openBody(host, type)?.buffer.length ?? readable(host, type)?.length;
  if (length === undefined) return status.notFound;
  host.memory.check(flagsOut, 4);
  host.memory.setU32(sizeOut, length);
  host.memory.setU32(flagsOut, 0);
  return status.ok;
}

/**
 * Replaces `size` bytes from `start` on; both are cut to what is there, so 0 and 0 put in front, and a start beyond the end
 * appends. The other buffers cannot be written, nor a body outside its callback that is not held back.
 */
export function proxySetBufferBytes(
  host: Host,
  type: number,
  start: number,
  size: number,
  pointer: number,
  length: number,
): number {
  const body = openBody(host, type);
  if (!body) return status.badArgument;
  body.splice(start >>> 0, size >>> 0, host.memory.copy(pointer, length));
  return status.ok;
}

/** 0.1.0: the configuration of the VM while it starts, then that of the plugin. */
export function proxyGetConfiguration(host: Host, pointerOut: number, sizeOut: number): number {
  return host.memory.give(host.starting ? nothing : (host.root?.config ?? nothing), pointerOut, sizeOut);
}
