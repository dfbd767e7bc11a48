import { staticTable } from './static-table.ts';

const byField = new Map<string, number>();
const byName = new Map<string, number>();
for (const [index, [name, value]] of staticTable.entries()) {
  byField.set(`${name}\0${value}`, index);
  if (!byName.has(name)) byName.set(name, index);
}

/** Required Insert Count and Base, both 0: nothing refers to the dynamic table. */
const prefixBytes = 2;
/** Most bytes of an integer of this encoder. */
const integerBytes = 6;

/** Writes [name, value, …] as an encoded field section (RFC 9204 section 4.5), with the static table only and without Huffman. */
export function encodeSection(flat: readonly string[]): Buffer {
  let most = prefixBytes;
  for (const text of flat) most += text.length + integerBytes;
  const out = Buffer.allocUnsafe(most);
  out[0] = 0;
  out[1] = 0;
  let at = prefixBytes;
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    const value = flat[i + 1] as string;
    const index = value.length < 64 ? byField.get(`${name}\0${value}`) : undefined;
    if (index !== undefined) {
      at = writeInteger(out, at, 0xc0, 6, index);
      continue;
    }
    const nameIndex = byName.get(name);
    if (nameIndex === undefined) {
      at = writeInteger(out, at, 0x20, 3, name.length);
      at += out.latin1Write(name, at);
    } else at = writeInteger(out, at, 0x50, 4, nameIndex);
    at = writeInteger(out, at, 0, 7, value.length);
    at += out.latin1Write(value, at);
  }
  return out.subarray(0, at);
}

/** RFC 7541 section 5.1. */
function writeInteger(out: Buffer, start: number, flags: number, bits: number, value: number): number {
  const most = (1 << bits) - 1;
  if (value < most) {
    out[start] = flags | value;
    return start + 1;
  }
  let at = start;
  out[at++] = flags | most;
  let rest = value - most;
  for (; rest > 0x7f; rest >>>= 7) out[at++] = (rest & 0x7f) | 0x80;
  out[at++] = rest;
  return at;
}
