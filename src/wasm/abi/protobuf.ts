/**
 * As much of the protobuf wire format as the arguments of foreign functions and the small messages among the properties need:
 * varints and length-delimited fields (protobuf.dev, "Encoding"). Field numbers and enums stay with who uses them.
 */

const varint = 0;
const fixed64 = 1;
const delimited = 2;
const fixed32 = 5;

/** Of each field number the last value, as proto3 has it for fields that are not repeated. */
export type Message = ReadonlyMap<number, bigint | Buffer>;

/** Undefined when malformed. Fields of the fixed types are skipped. */
export function readMessage(bytes: Buffer): Message | undefined {
  const fields = new Map<number, bigint | Buffer>();
  const reader = new Reader(bytes);
  while (!reader.ended) {
    const tag = reader.varint();
    if (tag === undefined || tag >> 3n === 0n || tag > 0xffff_ffffn) return undefined;
    const value = reader.value(Number(tag & 7n));
    if (value === undefined) return undefined;
    fields.set(Number(tag >> 3n), value);
  }
  return fields;
}

/** A text or bytes field; empty when it is not there or of another type. */
export function bytesOf(message: Message, field: number): Buffer {
  const value = message.get(field);
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

/** A number, enum or bool field; 0 when it is not there or of another type. */
export function numberOf(message: Message, field: number): number {
  const value = message.get(field);
  return typeof value === 'bigint' ? Number(BigInt.asIntN(32, value)) : 0;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Ten bytes at most. */
  varint(): bigint | undefined {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    return undefined;
  }

  value(type: number): bigint | Buffer | undefined {
    if (type === varint) return this.varint();
    if (type === fixed64) return this.#take(8n);
    if (type === fixed32) return this.#take(4n);
    const size = type === delimited ? this.varint() : undefined;
    return size === undefined ? undefined : this.#take(size);
  }

  #take(size: bigint): Buffer | undefined {
    if (size > BigInt(this.#bytes.length - this.#at)) return undefined;
    const from = this.#at;
    this.#at += Number(size);
    return this.#bytes.subarray(from, this.#at);
  }
}

/** Fields in their order; what has its default (0, false, empty) is left out, as proto3 does. Numbers are not negative. */
export function writeMessage(
  fields: readonly (readonly [number, Buffer | string | number | boolean])[],
): Buffer {
  const parts: Buffer[] = [];
  for (const [field, value] of fields) {
    if (typeof value === 'number' || typeof value === 'boolean') {
      if (Number(value) !== 0) parts.push(encodeVarint((field << 3) | varint), encodeVarint(Number(value)));
      continue;
    }
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    if (bytes.length > 0)
      parts.push(encodeVarint((field << 3) | delimited), encodeVarint(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

function encodeVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
