/** Variable-length integers (RFC 9000 section 16): 1, 2, 4 or 8 bytes; the two highest bits say which. */

/** Larger values are valid on the wire, but nothing here can mean them. */
export const maxVarint = Number.MAX_SAFE_INTEGER;

export function varintLength(value: number): 1 | 2 | 4 | 8 {
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  return value < 0x4000_0000 ? 4 : 8;
}

/** Writes at `at`. @returns where the next byte goes. */
export function writeVarint(target: Buffer, at: number, value: number): number {
  if (value < 0x40) {
    target[at] = value;
    return at + 1;
  }
  if (value < 0x4000) return target.writeUInt16BE(value | 0x4000, at);
  if (value < 0x4000_0000) return target.writeUInt32BE((value | 0x8000_0000) >>> 0, at);
  const next = target.writeUInt32BE((Math.floor(value / 2 ** 32) | 0xc000_0000) >>> 0, at);
  return target.writeUInt32BE(value >>> 0, next);
}
