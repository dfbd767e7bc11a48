import { status } from '../abi/status.ts';
import type { Host } from './host.ts';

/** Wall clock, nanoseconds since 1970; ticks in milliseconds. */
export const wallClock = (): bigint => BigInt(Date.now()) * 1_000_000n;

export function proxyGetCurrentTimeNanoseconds(host: Host, out: number): number {
  host.memory.setU64(out, wallClock());
  return status.ok;
}
