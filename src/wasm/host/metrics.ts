import { status } from '../abi/status.ts';
import type { Host } from './host.ts';
import { warnOnce } from './warn-once.ts';

/** A plugin with too many metrics gets one that counts nothing: the Rust SDK would end the instance at any other answer. */
export function proxyDefineMetric(
  host: Host,
  type: number,
  name: number,
  nameSize: number,
  out: number,
): number {
  const { memory, share } = host;
  memory.check(out, 4);
  const id = share.metrics?.define(type >>> 0, memory.subarray(name, nameSize)) ?? type & 3;
  if (id < 0) return status.badArgument;
  if (id >>> 2 === 0)
    warnOnce(host, 'metrics', {}, 'plugin has too many metrics; further ones count nothing');
  memory.setU32(out, id);
  return status.ok;
}

export const proxyIncrementMetric = (host: Host, id: number, by: bigint): number =>
  host.share.metrics?.increment(id, by) ?? status.notFound;

export const proxyRecordMetric = (host: Host, id: number, value: bigint): number =>
  host.share.metrics?.record(id, value) ?? status.notFound;

export function proxyGetMetric(host: Host, id: number, out: number): number {
  const value = host.share.metrics?.get(id) ?? status.notFound;
  host.memory.check(out, 8);
  if (typeof value === 'number') return value;
  host.memory.setU64(out, BigInt.asUintN(64, value));
  return status.ok;
}
