import { maxVarint } from './varint.ts';

/** Reads fields one after the other and never beyond the end: then it throws what `failure` makes of the reason. */
export class ByteReader {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;
  readonly #failure: (reason: string) => Error;

  constructor(bytes: Buffer, failure: (reason: string) => Error, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.#failure = failure;
  }

  get left(): number {
    return this.end - this.at;
  }

  u8(): number {
    return this.bytes[this.#advance(1)] as number;
  }

  u16(): number {
    return this.bytes.readUInt16BE(this.#advance(2));
  }

  u24(): number {
    return this.bytes.readUIntBE(this.#advance(3), 3);
  }

  u32(): number {
    return this.bytes.readUInt32BE(this.#advance(4));
  }

  /** Exact, as offsets, ids and lengths must be: throws for what no number of JavaScript is. */
  varint(): number {
    const value = this.anyVarint();
    if (value > maxVarint) throw this.#failure('an integer beyond all that can be');
    return value;
  }

  /** Of any size; from 2^53 on only nearly that value, which does for limits, codes and what is ignored: clients may choose 2^62 - 1. */
  anyVarint(): number {
    if (this.at >= this.end) throw this.#failure('truncated');
    const first = this.bytes[this.at] as number;
    if (first < 0x40) {
      this.at++;
      return first;
    }
    const length = 1 << (first >> 6);
    const from = this.#advance(length);
    let value = first & 0x3f;
    for (let i = 1; i < length; i++) value = value * 256 + (this.bytes[from + i] as number);
    return value;
  }

  /** A view, not a copy. */
  take(length: number): Buffer {
    const from = this.#advance(length);
    return this.bytes.subarray(from, from + length);
  }

  rest(): Buffer {
    return this.take(this.left);
  }

  /** A reader of the next `length` bytes, which this one is done with. */
  inner(length: number): ByteReader {
    const from = this.#advance(length);
    return new ByteReader(this.bytes, this.#failure, from, from + length);
  }

  /** Vectors of TLS (RFC 8446 section 3.4): a length, then as many bytes. */
  vector8(): ByteReader {
    return this.inner(this.u8());
  }

  vector16(): ByteReader {
    return this.inner(this.u16());
  }

  vector24(): ByteReader {
    return this.inner(this.u24());
  }

  /** Throws unless everything has been read. */
  finish(): void {
    if (this.at !== this.end) throw this.#failure('more bytes than there should be');
  }

  #advance(length: number): number {
    const from = this.at;
    if (length > this.end - from) throw this.#failure('truncated');
    this.at = from + length;
    return from;
  }
}
