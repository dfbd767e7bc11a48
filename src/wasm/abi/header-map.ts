/**
 * The wire form of header maps and lists of pairs (proxy-wasm spec, "Header maps"): u32 count, then for each pair the u32
 * lengths of name and value, then for each pair name, NUL, value, NUL. Little-endian; text is Latin-1, byte for byte.
 * Flat lists [name, value, …] as in HeaderList.
 */

/** As the C++ host: what is larger counts as malformed. A plugin makes no header map of more bytes by other calls either. */
export const maxPairs = 1024;
export const maxBytes = 1 << 20;

/** Bytes that `writePairs` needs; 0 for an empty list, because the Go SDK fails on a non-null pointer to nothing. */
export function pairsSize(flat: readonly string[]): number {
  if (flat.length === 0) return 0;
  // 4 for the count; per text 4 for its length and 1 for its NUL.
  let size = 4 + flat.length * 5;
  for (const text of flat) size += text.length;
  return size;
}

/** Writes the pairs at `at`; `pairsSize` bytes must be there. One write for all text: it costs the same as one for a short one. */
export function writePairs(flat: readonly string[], into: Buffer, view: DataView, at: number): void {
  view.setUint32(at, flat.length / 2, true);
  let to = at + 4;
  let text = '';
  for (const part of flat) {
    view.setUint32(to, part.length, true);
    to += 4;
    text += `${part}\0`;
  }
  into.latin1Write(text, to, text.length);
}

/** The same as a buffer of its own. */
export function serializePairs(flat: readonly string[]): Buffer {
  const size = pairsSize(flat);
  const bytes = Buffer.allocUnsafe(size);
  if (size > 0) writePairs(flat, bytes, new DataView(bytes.buffer, bytes.byteOffset, size), 0);
  return bytes;
}

/** Undefined when malformed: wrong lengths, missing NULs, too large. No bytes, or the single NUL of the spec's text, is an empty list. */
export function parsePairs(bytes: Buffer): string[] | undefined {
  const size = bytes.length;
  if (size === 0 || (size === 1 && bytes[0] === 0)) return [];
  if (size < 4 || size > maxBytes) return undefined;
  const count = bytes.readUInt32LE(0);
  const texts = count * 2;
  let from = 4 + texts * 4;
  if (count > maxPairs || from > size) return undefined;
  const all = bytes.latin1Slice(0, size);
  const flat: string[] = [];
  for (let i = 0; i < texts; i++) {
    const end = from + bytes.readUInt32LE(4 + i * 4);
    if (end >= size || bytes[end] !== 0) return undefined;
    flat.push(all.slice(from, end));
    from = end + 1;
  }
  return from === size ? flat : undefined;
}
