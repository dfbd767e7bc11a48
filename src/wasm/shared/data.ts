import { heapHeader, makeHeap, SharedHeap } from './heap.ts';

/** All keys and values of one scope, with what keeping them costs: about 40 bytes each, and a fifth for rounding. */
export const maxDataBytes = 16 << 20;

const bucketCount = 8192;
/** Cells before the blocks: the last CAS number, the seed of the hash, the heads of the buckets. */
const lastCas = heapHeader;
const seed = heapHeader + 1;
const buckets = heapHeader + 2;
const reserved = 2 + bucketCount;

/** An entry: the next one of its bucket, its value, its hash, the length of its key, the key. It stays while the scope does. */
const entry = { next: 0, value: 1, hash: 2, keySize: 3, key: 4 } as const;
/** A value: its CAS number, its length, its bytes. Written whole, then published by one store, never changed after that. */
const value = { cas: 0, size: 1, bytes: 2 } as const;

export interface SharedValue {
  readonly bytes: Buffer;
  /** Never 0. */
  readonly cas: number;
}

/** Made by the control thread, one for each scope. */
export function makeData(): SharedArrayBuffer {
  const buffer = makeHeap(maxDataBytes);
  new Int32Array(buffer)[seed] = Math.floor(Math.random() * 2 ** 32);
  return buffer;
}

/**
 * The shared data of one scope (proxy-wasm spec 0.2.1, `proxy_get_shared_data`, `proxy_set_shared_data`) as one thread sees
 * it. Every call is atomic among all threads and takes about a microsecond.
 */
export class SharedData {
  readonly #heap: SharedHeap;

  /** `holder`: see SharedLock. */
  constructor(buffer: SharedArrayBuffer, holder: number) {
    this.#heap = new SharedHeap(buffer, reserved, holder);
  }

  /** A copy. */
  get(key: Uint8Array): SharedValue | undefined {
    const heap = this.#heap;
    const hash = this.#hash(key);
    heap.lock();
    try {
      const { cells, bytes } = heap;
      const found = this.#find(key, hash);
      if (found === 0) return undefined;
      const at = cells[found + entry.value] as number;
      const from = (at + value.bytes) * 4;
      const size = cells[at + value.size] as number;
      const copy = Buffer.allocUnsafe(size);
      bytes.copy(copy, 0, from, from + size);
      return { bytes: copy, cas: (cells[at + value.cas] as number) >>> 0 };
    } finally {
      heap.unlock();
    }
  }

  /**
   * Stores a copy under the next CAS number. `cas` 0: in any case, and so for a key that is new; else only when it is the
   * number of the present value. `full`: nothing has changed.
   */
  set(key: Uint8Array, content: Uint8Array, cas: number): 'stored' | 'mismatch' | 'full' {
    const heap = this.#heap;
    const hash = this.#hash(key);
    heap.lock();
    try {
      const found = this.#find(key, hash);
      const old = found === 0 ? 0 : (heap.cells[found + entry.value] as number);
      if (old !== 0 && cas !== 0 && (heap.cells[old + value.cas] as number) >>> 0 !== cas) return 'mismatch';
      const fresh = this.#makeValue(content);
      if (fresh === 0) return 'full';
      if (found === 0) return this.#insert(key, hash, fresh) ? 'stored' : 'full';
      heap.cells[found + entry.value] = fresh;
      heap.free(old);
      return 'stored';
    } finally {
      heap.unlock();
    }
  }

  /** Gives up what a thread that died, or was cut in the middle of a call, has left locked. */
  abandon(holder: number): void {
    const heap = this.#heap;
    if (!heap.inherit(holder)) return;
    const living = new Set<number>();
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      let at = heap.cells[buckets + bucket] as number;
      for (; at !== 0; at = heap.cells[at + entry.next] as number)
        living.add(at).add(heap.cells[at + entry.value] as number);
    }
    heap.rebuild(living);
    heap.unlock();
  }

  #makeValue(content: Uint8Array): number {
    const heap = this.#heap;
    const block = heap.allocate(content.length + value.bytes * 4);
    if (block === 0) return 0;
    const { cells, bytes } = heap;
    const cas = ((cells[lastCas] as number) + 1) | 0 || 1;
    cells[lastCas] = cas;
    cells[block + value.cas] = cas;
    cells[block + value.size] = content.length;
    bytes.set(content, (block + value.bytes) * 4);
    return block;
  }

  #insert(key: Uint8Array, hash: number, fresh: number): boolean {
    const heap = this.#heap;
    const block = heap.allocate(key.length + entry.key * 4);
    if (block === 0) {
      heap.free(fresh);
      return false;
    }
    const { cells, bytes } = heap;
    const bucket = buckets + (hash & (bucketCount - 1));
    cells[block + entry.next] = cells[bucket] as number;
    cells[block + entry.value] = fresh;
    cells[block + entry.hash] = hash;
    cells[block + entry.keySize] = key.length;
    bytes.set(key, (block + entry.key) * 4);
    cells[bucket] = block;
    return true;
  }

  /** The entry of a key, 0 for none. */
  #find(key: Uint8Array, hash: number): number {
    const { cells, bytes } = this.#heap;
    let at = cells[buckets + (hash & (bucketCount - 1))] as number;
    for (; at !== 0; at = cells[at + entry.next] as number) {
      if (cells[at + entry.hash] !== hash || cells[at + entry.keySize] !== key.length) continue;
      const from = (at + entry.key) * 4;
      let i = 0;
      while (i < key.length && bytes[from + i] === key[i]) i++;
      if (i === key.length) return at;
    }
    return 0;
  }

  /** FNV-1a from a seed of the scope, so that clients who choose keys cannot choose their bucket. */
  #hash(key: Uint8Array): number {
    let hash = this.#heap.cells[seed] as number;
    for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
    return hash ^ (hash >>> 15);
  }
}
