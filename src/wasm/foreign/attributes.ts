import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import {
  encodeAttribute,
  encodeInt,
  Time,
  type Attribute,
  type PropertyValue,
} from '../abi/property-value.ts';
import type { StreamContext } from '../context/context.ts';
import { properties, type PropertyReader } from '../host/property-table.ts';

/** First part of a name to the readers of the second, `''` for a name of one part. */
const byRoot = new Map<string, (readonly [string, PropertyReader])[]>();
for (const [name, reader] of Object.entries(properties)) {
  const [root = '', field = ''] = name.split('.', 2);
  byRoot.set(root, [...(byRoot.get(root) ?? []), [field, reader]]);
}

export const variables: readonly string[] = [...byRoot.keys()];

/** The variables of an expression over an exchange. Nothing is read before the expression asks for it. */
export function variablesOf(stream: StreamContext): Record<string, unknown> {
  const scope: Record<string, unknown> = {};
  for (const [root, fields] of byRoot) lazy(scope, root, () => valueOf(stream, fields));
  return scope;
}

function valueOf(stream: StreamContext, fields: readonly (readonly [string, PropertyReader])[]): unknown {
  const group: Record<string, unknown> = {};
  for (const [field, reader] of fields) {
    if (field === '') return toCel(reader(stream));
    lazy(group, field, () => toCel(reader(stream)));
  }
  return group;
}

/** Own and enumerable, which is how the evaluator looks for fields; undefined counts as not there. */
function lazy(target: Record<string, unknown>, name: string, get: () => unknown): void {
  Object.defineProperty(target, name, { get, enumerable: true });
}

function toCel(value: Attribute | undefined): unknown {
  if (typeof value === 'string') return Buffer.from(value, 'latin1').toString('utf8');
  if (typeof value === 'number') return BigInt(Math.trunc(value));
  if (Buffer.isBuffer(value)) return new Uint8Array(value);
  if (value instanceof Time)
    return value.kind === 'timestamp'
      ? new Date(value.milliseconds)
      : Duration.fromMilliseconds(value.milliseconds);
  if (value instanceof Map)
    return new Map([...(value as ReadonlyMap<string, Attribute>)].map(([key, inner]) => [key, toCel(inner)]));
  return value;
}

/** The result of an expression as proxy_get_property would give it. Undefined: it has no such form. */
export function encodeResult(value: unknown): PropertyValue | undefined {
  if (value === null) return '';
  // A double is the one value that only an expression can have.
  if (typeof value === 'number') {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeDoubleLE(value);
    return bytes;
  }
  if (typeof value === 'bigint') return encodeInt(value);
  if (value instanceof UnsignedInt) return encodeInt(value.value);
  const attribute = fromCel(value);
  return attribute === undefined ? undefined : encodeAttribute(attribute);
}

function fromCel(value: unknown): Attribute | undefined {
  if (typeof value === 'string') return Buffer.from(value);
  if (typeof value === 'boolean') return value;
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (value instanceof Date) return new Time('timestamp', value.getTime());
  if (value instanceof Duration)
    return new Time('duration', Number(value.seconds) * 1000 + value.nanos / 1e6);
  if (Array.isArray(value) || value instanceof Set) return listOf([...value]);
  if (value instanceof Map) return mapOf([...value]);
  return typeof value === 'object' && value !== null ? mapOf(Object.entries(value)) : undefined;
}

function listOf(values: readonly unknown[]): Attribute | undefined {
  const list = values.map(encodeResult);
  return list.includes(undefined) ? undefined : (list as PropertyValue[]);
}

function mapOf(entries: readonly (readonly [unknown, unknown])[]): Attribute | undefined {
  const map = new Map<string, Attribute>();
  for (const [key, value] of entries) {
    const [name, encoded] = [encodeResult(key), encodeResult(value)];
    if (name === undefined || encoded === undefined) return undefined;
    map.set(typeof name === 'string' ? name : name.toString('latin1'), encoded);
  }
  return map;
}
