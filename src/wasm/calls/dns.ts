import { bufferType } from '../abi/enums.ts';
import { answer } from './answer.ts';
import type { PendingCall } from './pending-call.ts';

/** What the system's resolver tells has no time to live; this is Envoy's value for such names. */
const ttlSeconds = 60;

/** Envoy's form of addresses: their number, for each its TTL, then each with a NUL behind it; an empty buffer for none. */
export function dnsAnswer(addresses: readonly string[]): Buffer {
  if (addresses.length === 0) return Buffer.alloc(0);
  const numbers = Buffer.alloc(4 + 4 * addresses.length);
  numbers.writeUInt32LE(addresses.length, 0);
  addresses.forEach((_, i) => numbers.writeUInt32LE(ttlSeconds, 4 + 4 * i));
  const texts = addresses.map((address) => `${address.includes(':') ? `[${address}]` : address}:0\0`);
  return Buffer.concat([numbers, Buffer.from(texts.join(''), 'latin1')]);
}

/** envoy_on_resolve_dns with what was found. */
export function deliverDns(call: PendingCall, addresses: readonly string[]): void {
  const bytes = dnsAnswer(addresses);
  call.end(addresses.length > 0 ? 'ok' : 'connect-failed');
  call.deliver('dnsResolved', answer({ [bufferType.callData]: bytes }), bytes.length);
}
