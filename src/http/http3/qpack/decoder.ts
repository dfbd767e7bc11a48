import { h3Codes, Http3ConnectionError } from '../codes.ts';
import { decodeHuffman } from './huffman.ts';
import { staticTable } from './static-table.ts';

/** What each field counts besides its octets (RFC 9114 section 4.2.2). */
const fieldOverhead = 32;

const failed = (reason: string): Http3ConnectionError =>
  new Http3ConnectionError(h3Codes.qpackDecompressionFailed, reason);

/** Fields as [name, value, …]; `isTooLarge`: there were more, which were not read. */
export interface DecodedSection {
  readonly flat: string[];
  readonly isTooLarge: boolean;
}

/**
 * Reads an encoded field section (RFC 9204 section 4.5). This side has announced a dynamic table of no size, so that only the static table
 * may be referred to, no section waits for another, and one that is too large can be left unread.
 */
export function decodeSection(bytes: Buffer, maxBytes: number): DecodedSection {
  const reader = new SectionReader(bytes);
  if (reader.integer(8) !== 0) throw failed('a reference to the dynamic table');
  reader.integer(7);
  const flat: string[] = [];
  let size = 0;
  while (!reader.isAtEnd) {
    const first = reader.peek();
    let name: string;
    let value: string;
    if (first & 0x80) {
      if (!(first & 0x40)) throw failed('a reference to the dynamic table');
      [name, value] = staticEntry(reader.integer(6));
    } else if (first & 0x40) {
      if (!(first & 0x10)) throw failed('a reference to the dynamic table');
      [name] = staticEntry(reader.integer(4));
      value = reader.string(7);
    } else if (first & 0x20) {
      name = reader.string(3);
      value = reader.string(7);
    } else throw failed('a reference behind the base');
    size += name.length + value.length + fieldOverhead;
    if (size > maxBytes) return { flat, isTooLarge: true };
    flat.push(name, value);
  }
  return { flat, isTooLarge: false };
}

function staticEntry(index: number): readonly [string, string] {
  const entry = staticTable[index];
  if (!entry) throw failed(`no entry ${index} in the static table`);
  return entry;
}

class SectionReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  peek(): number {
    return this.#bytes[this.#at] as number;
  }

  /** An integer in the low `bits` of this byte, and what follows (RFC 7541 section 5.1). */
  integer(bits: number): number {
    const most = (1 << bits) - 1;
    let value = this.#byte() & most;
    if (value < most) return value;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * shift;
      if (value > 2 ** 32) throw failed('an integer beyond all that can be');
      if ((byte & 0x80) === 0) return value;
    }
  }

  /** A string whose length is in the low `bits` of this byte, and the flag of Huffman before them (RFC 9204 section 4.1.2). */
  string(bits: number): string {
    const isHuffman = (this.peek() >> bits) & 1;
    const length = this.integer(bits);
    const from = this.#at;
    if (length > this.#bytes.length - from) throw failed('truncated');
    this.#at = from + length;
    if (!isHuffman) return this.#bytes.latin1Slice(from, this.#at);
    const text = decodeHuffman(this.#bytes.subarray(from, this.#at));
    if (text === undefined) throw failed('no code of Huffman');
    return text;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw failed('truncated');
    return byte;
  }
}
