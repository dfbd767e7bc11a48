import { ByteWriter } from '../coding/writer.ts';
import { tagBytes, type PacketKeys } from '../crypto/packet-keys.ts';
import { levels, type Level } from '../levels.ts';
import { longTypes, version1 } from '../packet/header.ts';
import { numberLength } from '../packet/number.ts';
import { protect } from '../packet/protection.ts';

/** Room for any datagram that this server sends. */
export const maxDatagramBytes = 1472;

/** How the packets of a connection begin. */
export interface PacketHead {
  readonly level: Level;
  readonly keys: PacketKeys;
  readonly number: number;
  readonly largestAcked: number;
  readonly destination: Buffer;
  readonly source: Buffer;
  readonly phase: 0 | 1;
}

/** Puts packets behind each other into a datagram (RFC 9000 section 12.2), each sealed in its place. */
export class DatagramBuilder {
  readonly writer: ByteWriter;
  readonly #end: number;
  #head: PacketHead | undefined;
  #start = 0;
  #numberAt = 0;
  #numberBytes = 0;

  /** `end`: how long the datagram may be. */
  constructor(target: Buffer, end: number) {
    this.writer = new ByteWriter(target, 0, end);
    this.#end = end;
  }

  get length(): number {
    return this.writer.at;
  }

  /** Begins a packet; its frames are written to `writer` then. @returns false where there is no room for one */
  open(head: PacketHead): boolean {
    const { writer } = this;
    const { level, number, destination, source } = head;
    this.#start = writer.at;
    this.#numberBytes = numberLength(number, head.largestAcked);
    // The sample for the header is taken behind a number of 4 bytes.
    const least = 1 + 4 + 2 + destination.length + source.length + 3 + 4 + tagBytes + 4;
    if (this.#end - writer.at < least) return false;
    this.#head = head;
    if (level === levels.application) {
      writer.u8(0x40 | (head.phase << 2) | (this.#numberBytes - 1));
      writer.raw(destination);
    } else {
      const type = level === levels.initial ? longTypes.initial : longTypes.handshake;
      writer.u8(0xc0 | (type << 4) | (this.#numberBytes - 1));
      writer.u32(version1);
      writer.u8(destination.length);
      writer.raw(destination);
      writer.u8(source.length);
      writer.raw(source);
      if (level === levels.initial) writer.varint(0);
      // The length, when it is known.
      writer.at += 2;
    }
    this.#numberAt = writer.at;
    writer.uint(number, this.#numberBytes);
    writer.end = this.#end - tagBytes;
    return true;
  }

  /** Takes back a packet without a frame. */
  abandon(): void {
    this.writer.at = this.#start;
    this.writer.end = this.#end;
    this.#head = undefined;
  }

  /** Seals the packet; the datagram has at least `padTo` bytes then. @returns the bytes of the packet */
  seal(padTo = 0): number {
    const { writer } = this;
    const head = this.#head as PacketHead;
    const least = Math.max(this.#numberAt + 4, Math.min(padTo, this.#end) - tagBytes);
    if (writer.at < least) writer.zeros(least - writer.at);
    if (head.level !== levels.application)
      writer.varint2At(this.#numberAt - 2, writer.at + tagBytes - this.#numberAt);
    writer.at = protect(
      head.keys,
      writer.bytes,
      head.number,
      this.#start,
      this.#numberAt,
      this.#numberBytes,
      writer.at,
    );
    writer.end = this.#end;
    this.#head = undefined;
    return writer.at - this.#start;
  }
}
