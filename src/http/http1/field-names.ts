import { lowerCase } from './octets.ts';

/** A name in lower case, as text and as its octets. */
interface Known {
  readonly name: string;
  readonly octets: Uint8Array;
}

/**
 * Names that were read before. Nearly every name has been: then no text is made for it, and to compare it with another one is
 * to compare pointers. Two that share a place take it from each other, which costs what it did without this.
 */
const places: (Known | undefined)[] = Array.from({ length: 1024 }, () => undefined);
/** Longer ones are rare, and would let a client hold memory. */
const maxLength = 64;

/** The field name in `bytes` from `start` to `end`, which is not empty, in lower case. */
export function fieldName(bytes: Buffer, start: number, end: number): string {
  const length = end - start;
  const first = bytes[start] as number;
  const middle = bytes[start + (length >> 1)] as number;
  const last = bytes[end - 1] as number;
  // Bit 5 is the case of a letter.
  const place = (length * 37 + (first & 0x1f) * 131 + (middle & 0x1f) * 11 + (last & 0x1f) * 457) & 1023;
  const known = places[place];
  if (known !== undefined && isSame(bytes, start, length, known.octets)) return known.name;
  const name = bytes.latin1Slice(start, end).toLowerCase();
  if (length <= maxLength) places[place] = { name, octets: Uint8Array.from(Buffer.from(name, 'latin1')) };
  return name;
}

function isSame(bytes: Buffer, start: number, length: number, octets: Uint8Array): boolean {
  if (octets.length !== length) return false;
  for (let i = 0; i < length; i++) if (lowerCase[bytes[start + i] as number] !== octets[i]) return false;
  return true;
}
