import { serializePairs } from './header-map.ts';

/**
 * What an attribute is, before it crosses the border. Strings are bytes, one for each character (Latin-1), as everything that
 * came off the wire; integers are numbers. Maps keep their order.
 */
export type Attribute =
  | string
  | number
  | boolean
  | Buffer
  | Time
  | ReadonlyMap<string, Attribute>
  | readonly Attribute[];

/** A point in time since 1970, or a duration. */
export class Time {
  readonly kind: 'timestamp' | 'duration';
  readonly milliseconds: number;

  constructor(kind: 'timestamp' | 'duration', milliseconds: number) {
    this.kind = kind;
    this.milliseconds = milliseconds;
  }
}

/** The bytes of proxy_get_property; a string is its Latin-1 bytes. */
export type PropertyValue = string | Buffer;

/**
 * As Envoy's CEL values have it on this border (`serializeValue`): integers of any kind 8 bytes little-endian, a bool one byte,
 * times int64 nanoseconds, maps as header maps, lists as maps without values, messages as they are serialised. There is no
 * type tag: the plugin knows what it asked for.
 */
export function encodeAttribute(value: Attribute): PropertyValue {
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value;
  if (typeof value === 'number') return encodeInt(BigInt(Math.trunc(value)));
  if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0]);
  if (value instanceof Time) return encodeInt(nanoseconds(value.milliseconds));
  const flat: string[] = [];
  if (isMap(value)) for (const [key, inner] of value) flat.push(key, bytesOf(inner));
  else for (const inner of value) flat.push(bytesOf(inner), '');
  // Not as an empty header map, which has no bytes: SDKs read the count of a property unasked.
  return flat.length === 0 ? Buffer.alloc(4) : serializePairs(flat);
}

const isMap = (
  value: ReadonlyMap<string, Attribute> | readonly Attribute[],
): value is ReadonlyMap<string, Attribute> => value instanceof Map;

function bytesOf(value: Attribute): string {
  const bytes = encodeAttribute(value);
  return typeof bytes === 'string' ? bytes : bytes.toString('latin1');
}

/** int64 and uint64 alike. */
export function encodeInt(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
}

/** Without losing the nanoseconds of a large number of milliseconds. */
function nanoseconds(milliseconds: number): bigint {
  const whole = Math.trunc(milliseconds);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((milliseconds - whole) * 1e6));
}

/** Text of Loom's own (names, ids) as the bytes of its UTF-8. */
export const textAttribute = (text: string): string =>
  isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');

const isAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
};

/** Of equal names the values are joined by a comma without a space, as Envoy does for request.headers. */
export function headersAttribute(flat: readonly string[]): ReadonlyMap<string, string> {
  const joined = new Map<string, string>();
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    const before = joined.get(name);
    joined.set(name, before === undefined ? (flat[i + 1] as string) : `${before},${flat[i + 1]}`);
  }
  return joined;
}
