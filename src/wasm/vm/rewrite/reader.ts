/** A module that Loom does not run; the message is for people and begins with "the module". */
export class ModuleRefused extends Error {
  override readonly name = 'ModuleRefused';
}

/**
 * Reads the binary format (core specification 5). Only for bytes that V8 has validated: nothing here looks whether a number
 * is well-formed or the end is near.
 */
export class Reader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(): number {
    return this.bytes[this.at++] as number;
  }

  peek(): number {
    return this.bytes[this.at] as number;
  }

  /** An unsigned LEB128 of 32 bits. */
  u32(): number {
    let byte = this.byte();
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let shift = 7; byte >= 128; shift += 7) {
      byte = this.byte();
      value |= (byte & 127) << shift;
    }
    return value >>> 0;
  }

  /** A LEB128 of any width. */
  skipNumber(): void {
    while (this.byte() >= 128);
  }

  skipNumbers(count: number): void {
    while (count-- > 0) this.skipNumber();
  }

  /** Of names that are compared with ASCII. */
  name(): string {
    const size = this.u32();
    this.at += size;
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.at - size, size).latin1Slice();
  }

  skipName(): void {
    const size = this.u32();
    this.at += size;
  }

  /** 5.3.4: a reference with an explicit heap type takes more than a byte. */
  skipValueType(): void {
    const code = this.byte();
    if (code === 0x63 || code === 0x64) this.skipNumber();
  }

  /** 5.4.1: empty, a value type or a type index. */
  skipBlockType(): void {
    const code = this.peek();
    if (code === 0x63 || code === 0x64) this.skipValueType();
    else this.skipNumber();
  }

  /** 5.3.10; `flags` bit 0: has a maximum, 1: shared, 2: 64-bit. -1: no maximum. */
  limits(): Limits {
    const flags = this.byte();
    if (flags & 4) throw new ModuleRefused('the module has 64-bit memories or tables');
    const minimum = this.u32();
    return { flags, minimum, maximum: flags & 1 ? this.u32() : -1 };
  }
}

export interface Limits {
  readonly flags: number;
  readonly minimum: number;
  readonly maximum: number;
}
