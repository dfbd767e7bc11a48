import { randomFillSync } from 'node:crypto';
import { errno } from '../abi/status.ts';
import { GuestExit, type Host } from './host.ts';
import { wallClock } from './time.ts';

/** The process of WASI preview 1: clocks, random numbers, the end. */

const realtime = 0;
const monotonic = 1;
const maxRandom = 64 * 1024;

export function procExit(host: Host, code: number): number {
  host.fatal = new GuestExit(code);
  throw host.fatal;
}

/** There are no arguments to write, and nobody else to yield to. */
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
