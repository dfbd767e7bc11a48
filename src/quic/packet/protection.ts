import { sampleBytes, type PacketKeys, type HeaderMask } from '../crypto/packet-keys.ts';
import { decodeNumber } from './number.ts';

/** Bits of the first byte that are hidden, by the form of the header (RFC 9001 section 5.4.1). */
const hiddenBits = (first: number): number => (first & 0x80 ? 0x0f : 0x1f);

export interface BareHeader {
  /** The first byte, unhidden. */
  readonly first: number;
  /** The whole packet number. */
  readonly number: number;
  /** Where the protected payload begins. */
  readonly bodyAt: number;
}

/**
 * Removes header protection in place (RFC 9001 section 5.4): the packet begins at `start`, its number at `numberAt`. Undefined for a
 * packet that is too short to be one.
 */
export function unmask(
  datagram: Buffer,
  start: number,
  numberAt: number,
  end: number,
  mask: HeaderMask,
  largest: number,
): BareHeader | undefined {
  const sampleAt = numberAt + 4;
  if (sampleAt + sampleBytes > end) return undefined;
  const bits = mask(datagram.subarray(sampleAt, sampleAt + sampleBytes));
  const hidden = datagram[start] as number;
  const first = hidden ^ ((bits[0] as number) & hiddenBits(hidden));
  datagram[start] = first;
  const length = (first & 3) + 1;
  let truncated = 0;
  for (let i = 0; i < length; i++) {
    const byte = (datagram[numberAt + i] as number) ^ (bits[i + 1] as number);
    datagram[numberAt + i] = byte;
    truncated = truncated * 256 + byte;
  }
  return { first, number: decodeNumber(truncated, length, largest), bodyAt: numberAt + length };
}

/**
 * Seals a packet in place and hides its header. It begins at `start`, its number of `numberBytes` at `numberAt`, its frames end at
 * `to`; there must be room for the tag behind. @returns the end.
 */
export function protect(
  keys: PacketKeys,
  packet: Buffer,
  number: number,
  start: number,
  numberAt: number,
  numberBytes: number,
  to: number,
): number {
  const end = keys.seal(packet, number, start, numberAt + numberBytes, to);
  const sampleAt = numberAt + 4;
  const bits = keys.mask(packet.subarray(sampleAt, sampleAt + sampleBytes));
  const first = packet[start] as number;
  packet[start] = first ^ ((bits[0] as number) & hiddenBits(first));
  for (let i = 0; i < numberBytes; i++)
    packet[numberAt + i] = (packet[numberAt + i] as number) ^ (bits[i + 1] as number);
  return end;
}
