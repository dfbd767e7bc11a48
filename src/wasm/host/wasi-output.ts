import { errno } from '../abi/status.ts';
import type { Host } from './host.ts';

/** More than this of one write is not logged; the guest is told that all was written. */
const maxBytes = 16 * 1024;
const maxVectors = 1024;

/** Writes of an instance that have not ended a line yet, by descriptor. */
const begun = new WeakMap<Host, string[]>();

/**
 * stdout at info, stderr at error. Runtimes write a line in pieces (a panic of Go in dozens): pieces are put together until a
 * line ends, and at the latest when the event loop turns, so that nothing is lost of a guest that ended.
 */
export function fdWrite(host: Host, fd: number, vectors: number, count: number, writtenOut: number): number {
  if (fd !== 1 && fd !== 2) return errno.badf;
  if (count >>> 0 > maxVectors) return errno.inval;
  const { memory } = host;
  memory.check(writtenOut, 4);
  const parts: Buffer[] = [];
  let kept = 0;
  let written = 0;
  for (let i = 0; i < count; i++) {
    const at = (vectors >>> 0) + i * 8;
    const size = memory.u32(at + 4);
    const part = memory.subarray(memory.u32(at), size);
    written += size;
    if (kept >= maxBytes) continue;
    parts.push(part.subarray(0, maxBytes - kept));
    kept += parts.at(-1)?.length ?? 0;
  }
  say(host, fd, Buffer.concat(parts).toString('utf8'));
  memory.setU32(writtenOut, written);
  return errno.success;
}

/** A place in the log means nothing. */
export const fdPwrite = (
  host: Host,
  fd: number,
  vectors: number,
  count: number,
  _offset: bigint,
  writtenOut: number,
): number => fdWrite(host, fd, vectors, count, writtenOut);

function say(host: Host, fd: 1 | 2, piece: string): void {
  const held = begun.get(host);
  const text = (held?.[fd] ?? '') + piece;
  const end = text.length > maxBytes ? text.length : text.lastIndexOf('\n') + 1;
  if (end > 0) line(host, fd, text.slice(0, end));
  const rest = text.slice(end);
  if (held) held[fd] = rest;
  else if (rest !== '') {
    begun.set(host, fd === 1 ? ['', rest, ''] : ['', '', rest]);
    setImmediate(flush, host);
  }
}

function flush(host: Host): void {
  const [, out = '', error = ''] = begun.get(host) ?? [];
  begun.delete(host);
  line(host, 1, out);
  line(host, 2, error);
}

function line(host: Host, fd: number, text: string): void {
  const trimmed = text.replace(/\n$/, '');
  if (trimmed !== '') host.log[fd === 1 ? 'info' : 'error']({ text: trimmed }, 'plugin says');
}
