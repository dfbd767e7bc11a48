import { errno } from '../abi/status.ts';
import type { Host } from './host.ts';

/**
 * There are no files, folders or sockets; descriptors 1 and 2 are the log. Everything answers what the C++ host of
 * Proxy-Wasm answers, because that is what the runtimes in plugins were tried with.
 */

/** rights_base of `fdstat`: fd_write. */
const rightToWrite = 64n;

const isLog = (fd: number): boolean => fd === 1 || fd === 2;

export function fdFdstatGet(host: Host, fd: number, out: number): number {
  if (!isLog(fd)) return errno.badf;
  host.memory.subarray(out, 24).fill(0);
  host.memory.setU64((out >>> 0) + 8, rightToWrite);
  return errno.success;
}

/** The log has no place to be at. */
export function fdTell(host: Host, fd: number, out: number): number {
  if (!isLog(fd)) return errno.badf;
  host.memory.setU64(out, 0n);
  return errno.success;
}

/** Syncing, allocating and the like: done for the log by doing nothing. */
export const logOnly = (_host: Host, fd: number): number => (isLog(fd) ? errno.success : errno.badf);
/** Ends the scan for open directories that runtimes do when they start. */
export const badDescriptor = (): number => errno.badf;
export const noDirectory = (): number => errno.notdir;
export const noSuchFile = (): number => errno.noent;
export const notSupported = (): number => errno.notsup;
/** On purpose, and so without a warning: every Go plugin asks when it starts. */
export const noSystemCall = (): number => errno.nosys;
