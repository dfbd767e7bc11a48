import { randomBytes } from 'node:crypto';

/** More listeners than that share their count with others. */
const maxListeners = 64;
/** Addresses of clients are counted in so many cells: those that share one are counted together. */
const addressCells = 1 << 14;
const rowCells = maxListeners + addressCells;
const secretCells = 1;

/**
 * Open connections of all workers, by listener and by address of the client. Each worker counts in a row of its own, so that what a
 * dead one has counted can be forgotten; what holds is the sum. A secret decides which addresses share a cell: nobody can aim at
 * another's.
 */
export class ConnectionCensus {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #row: number;
  readonly #workers: number;

  /** Of `buffer` of another thread; without it a new one. */
  constructor(workers: number, worker: number, buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(4 * (secretCells + workers * rowCells));
    this.#cells = new Int32Array(this.buffer);
    this.#workers = workers;
    this.#row = secretCells + worker * rowCells;
    if (!buffer) this.#cells[0] = randomBytes(4).readInt32LE();
  }

  ofListener(listener: number): number {
    return this.#sum(listener % maxListeners);
  }

  ofAddress(address: string): number {
    return this.#sum(this.#cellOf(address));
  }

  /** `by` 1 when a connection begins, -1 when it ends. */
  count(listener: number, address: string, by: 1 | -1): void {
    Atomics.add(this.#cells, this.#row + (listener % maxListeners), by);
    Atomics.add(this.#cells, this.#row + this.#cellOf(address), by);
  }

  /** The worker has ended, and its connections with it. */
  lost(worker: number): void {
    const from = secretCells + worker * rowCells;
    this.#cells.fill(0, from, from + rowCells);
  }

  #sum(cell: number): number {
    let sum = 0;
    for (let worker = 0; worker < this.#workers; worker++)
      sum += Atomics.load(this.#cells, secretCells + worker * rowCells + cell);
    return sum;
  }

  /** FNV-1a from the secret on. */
  #cellOf(address: string): number {
    let hash = this.#cells[0] as number;
    for (let i = 0; i < address.length; i++) hash = Math.imul(hash ^ address.charCodeAt(i), 0x01000193);
    return maxListeners + ((hash ^ (hash >>> 15)) & (addressCells - 1));
  }
}
