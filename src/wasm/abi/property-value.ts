import { serializePairs } from './header-map.ts';

/**
 * What proxy_get_property gives: a string travels as its Latin-1 bytes, all else as the bytes that Envoy's CEL values have
 * on this border (there is no type tag: the plugin knows what it asked for).
 */
export type PropertyValue = string | Buffer;

/** Integers, signed or not: 8 bytes little-endian. */
export function encodeInt(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64LE(BigInt(Math.trunc(value)));
  return bytes;
}

export const encodeBool = (value: boolean): Buffer => Buffer.from([value ? 1 : 0]);

/** Timestamps and durations: int64 nanoseconds. */
export function encodeMilliseconds(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  const whole = Math.trunc(value);
  bytes.writeBigInt64LE(BigInt(whole) * 1_000_000n + BigInt(Math.round((value - whole) * 1e6)));
  return bytes;
}

/** A map as the header-map form; of equal names the values are joined by a comma, as Envoy does for request.headers. */
export function encodeMap(flat: readonly string[]): Buffer {
  const joined = new Map<string, string>();
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    const before = joined.get(name);
    joined.set(name, before === undefined ? (flat[i + 1] as string) : `${before},${flat[i + 1]}`);
  }
  return serializePairs([...joined].flat());
}

/** Text of Loom's own (names, ids) as UTF-8. */
export const encodeText = (text: string): Buffer => Buffer.from(text, 'utf8');
