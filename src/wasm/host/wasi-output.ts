import { errno } from '../abi/status.ts';
import type { Host } from './host.ts';

/** More than this of one write is not logged; the guest is told that all was written. */
const maxBytes = 16 * 1024;
const maxVectors = 1024;

/** stdout at info, stderr at error, one log line for each write. */
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
  const text = Buffer.concat(parts).toString('utf8').replace(/\n$/, '');
  if (text !== '') host.log[fd === 1 ? 'info' : 'error']({ text }, 'plugin says');
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
