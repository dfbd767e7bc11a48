import { status } from '../abi/status.ts';
import type { Host } from './host.ts';
import { warnOnce } from './warn-once.ts';

export function proxyGetSharedData(
  host: Host,
  key: number,
  keySize: number,
  pointerOut: number,
  sizeOut: number,
  casOut: number,
): number {
  const { memory, share } = host;
  memory.check(casOut, 4);
  const found = share.data?.get(memory.subarray(key, keySize));
  if (!found) return status.notFound;
  const given = memory.give(found.bytes, pointerOut, sizeOut);
  if (given === status.ok) memory.setU32(casOut, found.cas);
  return given;
}

/**
 * A full scope answers INTERNAL_FAILURE. The Rust SDK ends the instance at it; OK would be a lie, and plugins try again and
 * again after CAS_MISMATCH.
 */
export function proxySetSharedData(
  host: Host,
  key: number,
  keySize: number,
  value: number,
  valueSize: number,
  cas: number,
): number {
  const { memory, share } = host;
  const content = memory.subarray(value, valueSize);
  const result = share.data?.set(memory.subarray(key, keySize), content, cas >>> 0);
  if (result === 'stored') return status.ok;
  if (result === 'mismatch') return status.casMismatch;
  const fields = { vmId: host.plugin.vmId };
  warnOnce(host, 'shared data', fields, 'shared data of plugin is full; a value was not stored');
  return status.internalFailure;
}
