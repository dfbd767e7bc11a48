import { pairsSize, writePairs } from '../abi/header-map.ts';
import { status, type Status } from '../abi/status.ts';
import { lowerCase, TextTable } from './texts.ts';

/** Thrown for a pointer or length outside the guest's memory; the host function then returns INVALID_MEMORY_ACCESS. */
export class BadPointer extends Error {
  override readonly name = 'BadPointer';
}

/** One instance, so that a guest which sends bad pointers in a loop does not make stack traces in a loop. */
const badPointer = new BadPointer('outside the memory of the plugin');

/**
 * The linear memory of one guest. Keeps a Buffer and a DataView on it and renews them when the guest has grown its
 * memory, which detaches them: a detached Buffer would read as empty strings without an error. All pointers and sizes
 * come as the i32 of the call and are taken as unsigned. Every method that takes a pointer throws BadPointer.
 */
export class GuestMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #allocate: (size: number) => number;
  readonly #names = new TextTable(lowerCase);
  readonly #values = new TextTable((text) => text);
  #bytes: Buffer;
  #view: DataView;

  /** `allocate` is the guest's own allocator; it may grow the memory, and 0 is its failure. */
  constructor(memory: WebAssembly.Memory, allocate: (size: number) => number) {
    this.#memory = memory;
    this.#allocate = allocate;
    this.#bytes = Buffer.from(memory.buffer);
    this.#view = new DataView(memory.buffer);
  }

  get byteLength(): number {
    // Not of the memory's own buffer, which V8 looks for anew each time.
    return this.#bytes.length || this.#memory.buffer.byteLength;
  }

  /** Renews the views where the memory has grown, checks the range and returns where it begins. */
  #at(pointer: number, size: number): number {
    if (this.#bytes.length === 0) {
      this.#bytes = Buffer.from(this.#memory.buffer);
      this.#view = new DataView(this.#memory.buffer);
    }
    const from = pointer >>> 0;
    if (from + (size >>> 0) > this.#bytes.length) throw badPointer;
    return from;
  }

  latin1(pointer: number, size: number): string {
    const from = this.#at(pointer, size);
    return this.#bytes.latin1Slice(from, from + (size >>> 0));
  }

  /** A header value, Latin-1: plugins set the same few. */
  value(pointer: number, size: number): string {
    const from = this.#at(pointer, size);
    return this.#values.get(this.#bytes, from, size >>> 0);
  }

  utf8(pointer: number, size: number): string {
    const from = this.#at(pointer, size);
    return this.#bytes.utf8Slice(from, from + (size >>> 0));
  }

  /** A header name in lower case. The same few names come with every request: the table saves most of making the string. */
  name(pointer: number, size: number): string {
    const from = this.#at(pointer, size);
    return this.#names.get(this.#bytes, from, size >>> 0);
  }

  /** A copy: the guest may change its memory at any time. */
  copy(pointer: number, size: number): Buffer {
    const from = this.#at(pointer, size);
    return Buffer.from(this.#bytes.subarray(from, from + (size >>> 0)));
  }

  /** The memory itself, valid until the guest runs again. */
  subarray(pointer: number, size: number): Buffer {
    const from = this.#at(pointer, size);
    return this.#bytes.subarray(from, from + (size >>> 0));
  }

  u32(pointer: number): number {
    const from = this.#at(pointer, 4);
    return this.#view.getUint32(from, true);
  }

  setU32(pointer: number, value: number): void {
    const from = this.#at(pointer, 4);
    this.#view.setUint32(from, value, true);
  }

  setU64(pointer: number, value: bigint): void {
    const from = this.#at(pointer, 8);
    this.#view.setBigUint64(from, value, true);
  }

  /** Throws unless a value of that many bytes can be written there later. */
  check(pointer: number, size: number): void {
    this.#at(pointer, size);
  }

  /** Hands a value over: allocates in the guest, writes, and stores pointer and size. Nothing is allocated for an empty one. */
  give(value: string | Buffer, pointerOut: number, sizeOut: number): Status {
    const size = value.length;
    const to = this.#reserve(size, pointerOut, sizeOut);
    if (to < 0) return status.invalidMemoryAccess;
    if (size === 0) return status.ok;
    if (typeof value === 'string') this.#bytes.latin1Write(value, to, size);
    else value.copy(this.#bytes, to);
    return status.ok;
  }

  /** Hands over a list of pairs in the form of `abi/header-map.ts`. */
  givePairs(flat: readonly string[], pointerOut: number, sizeOut: number): Status {
    const size = pairsSize(flat);
    const to = this.#reserve(size, pointerOut, sizeOut);
    if (to < 0) return status.invalidMemoryAccess;
    if (size > 0) writePairs(flat, this.#bytes, this.#view, to);
    return status.ok;
  }

  /** Where to write, or -1 when the guest's allocator failed. The two results are stored already: nothing can fail after that. */
  #reserve(size: number, pointerOut: number, sizeOut: number): number {
    this.#at(pointerOut, 4);
    this.#at(sizeOut, 4);
    // The Go SDK indexes the first byte of what it allocates, so its allocator must never see a 0.
    if (size === 0) {
      this.setU32(pointerOut, 0);
      this.setU32(sizeOut, 0);
      return 0;
    }
    const pointer = this.#allocate(size) >>> 0;
    if (pointer === 0) return -1;
    const to = this.#at(pointer, size);
    this.setU32(pointerOut, pointer);
    this.setU32(sizeOut, size);
    return to;
  }
}
