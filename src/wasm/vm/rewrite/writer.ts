/** Bytes of the binary format (core specification 5), in a buffer that grows. */
export class Writer {
  #bytes: Uint8Array;
  #size = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** What was written so far; valid until more is written. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#size++] = value;
  }

  u32(value: number): void {
    this.#reserve(5);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#size++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#size++] = rest;
  }

  all(values: Uint8Array | readonly number[]): void {
    this.#reserve(values.length);
    this.#bytes.set(values, this.#size);
    this.#size += values.length;
  }

  /** From `source`, `from` to `to`. Short pieces are copied by hand: a call of `set` costs more than 30 bytes. */
  copy(source: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from);
    if (to - from < 48) {
      for (let at = from; at < to; at++) this.#bytes[this.#size++] = source[at] as number;
    } else {
      this.#bytes.set(source.subarray(from, to), this.#size);
      this.#size += to - from;
    }
  }

  name(ascii: string): void {
    this.u32(ascii.length);
    for (let i = 0; i < ascii.length; i++) this.byte(ascii.charCodeAt(i));
  }

  /** A whole section with that body. */
  section(id: number, body: Uint8Array): void {
    this.byte(id);
    this.u32(body.length);
    this.all(body);
  }

  #reserve(more: number): void {
    if (this.#size + more <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#size + more));
    bytes.set(this.bytes);
    this.#bytes = bytes;
  }
}
