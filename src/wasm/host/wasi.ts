import { randomFillSync } from 'node:crypto';
import { errno } from '../abi/status.ts';
import { GuestExit, type Host } from './host.ts';
import { wallClock } from './time.ts';

/** WASI preview 1 as far as the runtimes of plugins need it; the rest answers ENOSYS. No files, no arguments, no environment. */

const realtime = 0;
const monotonic = 1;
const maxRandom = 64 * 1024;
/** rights_base of `fdstat`: fd_write. */
const rightToWrite = 64n;

export function procExit(host: Host, code: number): number {
  host.fatal = new GuestExit(code);
  throw host.fatal;
}

/** Both of args_sizes_get and environ_sizes_get. */
export function noStrings(host: Host, countOut: number, bytesOut: number): number {
  host.memory.setU32(countOut, 0);
  host.memory.setU32(bytesOut, 0);
  return errno.success;
}

/** args_get and environ_get have nothing to write then. */
export const nothing = (): number => errno.success;

/** Never 0: the Go runtime takes that as a broken clock. */
export function clockTimeGet(host: Host, clock: number, _precision: bigint, out: number): number {
  if (clock !== realtime && clock !== monotonic) return errno.notsup;
  host.memory.setU64(out, clock === realtime ? wallClock() : process.hrtime.bigint());
  return errno.success;
}

export function clockResGet(host: Host, clock: number, out: number): number {
  if (clock !== realtime && clock !== monotonic) return errno.notsup;
  host.memory.setU64(out, clock === realtime ? 1_000_000n : 1n);
  return errno.success;
}

export function randomGet(host: Host, pointer: number, size: number): number {
  if (size >>> 0 > maxRandom) return errno.inval;
  randomFillSync(host.memory.subarray(pointer, size));
  return errno.success;
}

/** Says that nothing happened, with success: the Go runtime ends the program on anything else. */
export function pollOneoff(host: Host, _in: number, _out: number, _count: number, eventsOut: number): number {
  host.memory.setU32(eventsOut, 0);
  return errno.success;
}

export function fdFdstatGet(host: Host, fd: number, out: number): number {
  if (fd !== 1 && fd !== 2) return errno.badf;
  host.memory.subarray(out, 24).fill(0);
  host.memory.setU64((out >>> 0) + 8, rightToWrite);
  return errno.success;
}

/** Ends the scan for open directories that runtimes do when they start; there is nothing open but stdout and stderr. */
export const badDescriptor = (): number => errno.badf;
export const noSuchFile = (): number => errno.noent;
export const notSupported = (): number => errno.notsup;
/** On purpose, and so without a warning: every Go plugin asks when it starts. */
export const noSystemCall = (): number => errno.nosys;
