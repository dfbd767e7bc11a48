import { writeVarint } from './varint.ts';

/** Writes fields one after the other into a buffer that is large enough: who writes looks at `left` before. */
export class ByteWriter {
  readonly bytes: Buffer;
  at: number;
  /** Nothing is to be written from here on. */
  end: number;

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  u8(value: number): void {
    this.bytes[this.at++] = value;
  }

  u32(value: number): void {
    this.at = this.bytes.writeUInt32BE(value, this.at);
  }

  varint(value: number): void {
    this.at = writeVarint(this.bytes, this.at, value);
  }

  /** A length that is written into two bytes whatever it is, at `at`. */
  varint2At(at: number, value: number): void {
    this.bytes.writeUInt16BE(value | 0x4000, at);
  }

  /** The lowest `length` bytes of `value`. */
  uint(value: number, length: number): void {
    for (let i = length - 1; i >= 0; i--) this.bytes[this.at++] = Math.floor(value / 2 ** (8 * i)) & 0xff;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  zeros(length: number): void {
    this.bytes.fill(0, this.at, this.at + length);
    this.at += length;
  }
}
