import { SharedLock } from './lock.ts';

/** Cells of the header. `top`: the block that comes next when no list has one, 0 for the first. */
const cell = { lock: 0, top: 1, freeLists: 2 } as const;
const classes = 88;
/** Cells before the blocks that belong to the user of the heap start here. */
export const heapHeader = cell.freeLists + classes;
const initialBytes = 64 * 1024;

/** A heap that can grow to `maxBytes`; what is not used yet is address space only. */
export const makeHeap = (maxBytes: number): SharedArrayBuffer =>
  new SharedArrayBuffer(Math.min(initialBytes, maxBytes), { maxByteLength: maxBytes });

/**
 * Memory that threads share, in blocks: one cell with the size class, then the payload. A block is an index of a cell, that
 * of its payload. Free blocks hang in a list by class, four classes to each power of two; nothing is split or joined, which
 * is right for values that are replaced by ones of about their size and never deleted.
 *
 * Everything happens under the lock. A thread that dies with it leaves blocks that no list knows; since users publish a
 * block by a single store when it is complete, that is all that can be wrong, and `rebuild` puts it right.
 */
export class SharedHeap {
  readonly buffer: SharedArrayBuffer;
  readonly #lock: SharedLock;
  readonly #reserved: number;
  /** Views of the memory as it is now; renewed by `lock`. */
  cells: Int32Array;
  bytes: Buffer;

  /** `reserved`: cells of the user between the header and the blocks. `holder`: see SharedLock. */
  constructor(buffer: SharedArrayBuffer, reserved: number, holder: number) {
    this.buffer = buffer;
    this.#reserved = reserved;
    this.cells = new Int32Array(buffer, 0, buffer.byteLength >> 2);
    this.bytes = Buffer.from(buffer, 0, buffer.byteLength);
    this.#lock = new SharedLock(this.cells, cell.lock, holder);
  }

  lock(): void {
    this.#lock.lock();
    if (this.#get(cell.top) > this.cells.length) this.#view();
  }

  unlock(): void {
    this.#lock.unlock();
  }

  /** After the death of a thread: true when it had the lock, which is then the caller's to repair and unlock. */
  inherit(holder: number): boolean {
    if (!this.#lock.heldBy(holder)) return false;
    this.#view();
    return true;
  }

  /** A block with room for that many bytes, 0 when the heap is full. Its content is arbitrary. */
  allocate(size: number): number {
    const wanted = classOf(size);
    if (wanted >= classes) return 0;
    const fresh = this.#pop(wanted) || this.#extend(wanted);
    if (fresh !== 0) return fresh;
    for (let bigger = wanted + 1; bigger < classes; bigger++) {
      const block = this.#pop(bigger);
      if (block !== 0) return block;
    }
    return 0;
  }

  free(block: number): void {
    const list = cell.freeLists + this.#get(block - 1);
    this.cells[block] = this.#get(list);
    this.cells[list] = block;
  }

  /** Frees every block that is not in `living`. */
  rebuild(living: ReadonlySet<number>): void {
    this.cells.fill(0, cell.freeLists, cell.freeLists + classes);
    const top = this.#get(cell.top);
    for (let block = this.#first; block < top; block += cellsOf(this.#get(block - 1)) + 1) {
      if (!living.has(block)) this.free(block);
    }
  }

  get #first(): number {
    return heapHeader + this.#reserved + 1;
  }

  #get(index: number): number {
    return this.cells[index] as number;
  }

  #pop(list: number): number {
    const block = this.#get(cell.freeLists + list);
    if (block !== 0) this.cells[cell.freeLists + list] = this.#get(block);
    return block;
  }

  /** `top` is the payload of the next block; it moves when the size of the one before is written. */
  #extend(wanted: number): number {
    const block = this.#get(cell.top) || this.#first;
    const next = block + cellsOf(wanted) + 1;
    if (next > this.cells.length && !this.#grow(next)) return 0;
    this.cells[block - 1] = wanted;
    this.cells[cell.top] = next;
    return block;
  }

  #grow(neededCells: number): boolean {
    const { byteLength, maxByteLength } = this.buffer;
    if (neededCells * 4 > maxByteLength) return false;
    this.buffer.grow(Math.min(Math.max(byteLength * 2, neededCells * 4), maxByteLength));
    this.#view();
    return true;
  }

  #view(): void {
    const { byteLength } = this.buffer;
    this.cells = new Int32Array(this.buffer, 0, byteLength >> 2);
    this.bytes = Buffer.from(this.buffer, 0, byteLength);
  }
}

/** Four steps to each power of two from 4 cells on: 4, 5, 6, 7, 8, 10, 12, 14, 16, 20 … */
function classOf(size: number): number {
  const cells = Math.max(4, (size + 3) >> 2);
  const power = 31 - Math.clz32(cells);
  const step = 1 << (power - 2);
  return (power - 2) * 4 + Math.ceil((cells - (1 << power)) / step);
}

const cellsOf = (index: number): number => (4 + (index & 3)) << (index >> 2);
