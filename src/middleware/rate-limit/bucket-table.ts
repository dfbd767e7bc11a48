import { randomInt } from 'node:crypto';
import type { KeyHash } from './key-hash.ts';

/** Buckets that one key may lie in: four cache lines. */
const ways = 16;
const slotBytes = 16;
/** Secret of the hashes (two words), the clock's zero (one of 64 bits), how many were forgotten before they were full. */
const headerBytes = 64;
const secretCell = 0;
const zeroWord = 1;
const forgottenCell = 4;

/** For that many keys in use at once, with as much room again. Pages that no bucket touches take no memory. */
export function makeBuckets(keys: number): SharedArrayBuffer {
  const sets = 2 ** Math.ceil(Math.log2(Math.max(1, (2 * keys) / ways)));
  const buffer = new SharedArrayBuffer(headerBytes + sets * ways * slotBytes);
  const cells = new Int32Array(buffer);
  cells[secretCell] = randomInt(2 ** 32);
  cells[secretCell + 1] = randomInt(2 ** 32);
  new BigInt64Array(buffer)[zeroWord] = process.hrtime.bigint();
  return buffer;
}

/**
 * Token buckets of the whole process in one SharedArrayBuffer: 16 bytes for each, the hash of its key and a time. The time is that
 * of the generic cell rate algorithm (ITU-T I.371): when the bucket would be full again. Taking a token is one compareExchange
 * that moves it, so workers are exact together, and one that dies leaves nothing locked.
 *
 * A full bucket is as good as none, so a new key takes the place of the one that has been full for longest, which loses nothing;
 * where none is full, of the one that will be first, which forgets the least. Between reading a hash and moving its time
 * another worker may give the place to another key: then one token is taken from the wrong bucket, which is the whole error.
 */
export class BucketTable {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #words: BigInt64Array;
  readonly #setShift: number;
  /** Nanoseconds between the zero of `performance.now()` of this thread and that of the table. */
  readonly #offset: number;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer);
    this.#words = new BigInt64Array(buffer);
    this.#setShift = 32 - Math.log2((buffer.byteLength - headerBytes) / slotBytes / ways);
    this.#offset = Number(process.hrtime.bigint() - (this.#words[zeroWord] ?? 0n)) - performance.now() * 1e6;
  }

  /** Two words that only this process knows. */
  get secret(): readonly [number, number] {
    return [this.#cells[secretCell] ?? 0, this.#cells[secretCell + 1] ?? 0];
  }

  /** Buckets that were given to another key before they were full. */
  get forgotten(): number {
    return Atomics.load(this.#cells, forgottenCell);
  }

  /** Nanoseconds, the same on all threads. */
  now(): number {
    return Math.floor(performance.now() * 1e6 + this.#offset);
  }

  /**
   * Takes a token that comes back after `interval` from the bucket of a key, which is empty when `capacity` nanoseconds' worth
   * are out. Gives how many are out then; or, below 0 and with nothing taken, how long to wait for one.
   */
  take(key: KeyHash, interval: number, capacity: number, now = this.now()): number {
    const at = this.#place(key.low, key.high, now) + 1;
    for (;;) {
      const word = Atomics.load(this.#words, at);
      const next = Math.max(Number(word), now) + interval;
      if (next - now > capacity) return capacity - (next - now);
      if (Atomics.compareExchange(this.#words, at, word, BigInt(next)) === word) return next - now;
    }
  }

  /** Puts a token back that `take` has given. */
  giveBack(key: KeyHash, interval: number): void {
    const at = this.#find(key.low, key.high);
    if (at >= 0) Atomics.sub(this.#words, at + 1, BigInt(interval));
  }

  /** Index of the hash of the key's bucket, which is made when there is none. */
  #place(low: number, high: number, now: number): number {
    for (;;) {
      const known = this.#find(low, high);
      if (known >= 0) return known;
      const hash = (BigInt(high) << 32n) | BigInt(low >>> 0);
      const at = this.#victim(low);
      const old = Atomics.load(this.#words, at);
      const time = Atomics.load(this.#words, at + 1);
      if (old === hash || Atomics.compareExchange(this.#words, at, old, hash) !== old) continue;
      if (Number(time) > now) {
        Atomics.store(this.#words, at + 1, 0n);
        Atomics.add(this.#cells, forgottenCell, 1);
      }
      // Another worker has made one for the same key in the same moment, and may have taken from it: that one stays.
      if (this.#find(low, high, at) < 0) return at;
      Atomics.compareExchange(this.#words, at, hash, 0n);
    }
  }

  /**
   * Plain reads: a torn one finds nothing, and then the slow way looks again. Where two workers have just made a bucket for one key,
   * the one from which more was taken is it: the other may be about to go, by a worker that sleeps for now.
   */
  #find(low: number, high: number, besides = -1): number {
    const cells = this.#cells;
    const first = this.#set(low) * 2;
    let best = -1;
    for (let at = first; at < first + ways * 4; at += 4) {
      if (cells[at] !== low || cells[at + 1] !== high) continue;
      const found = at >> 1;
      if (found !== besides && (best < 0 || this.#isLater(found, best))) best = found;
    }
    return best;
  }

  #isLater(a: number, b: number): boolean {
    return Atomics.load(this.#words, a + 1) > Atomics.load(this.#words, b + 1);
  }

  /** The place in a key's set that was never used, or whose bucket has been full for longest, or will be first. */
  #victim(low: number): number {
    const words = this.#words;
    const first = this.#set(low);
    let best = first;
    let oldest = Infinity;
    for (let at = first; at < first + ways * 2; at += 2) {
      const time = Number(words[at + 1]);
      // A bucket without a time has just been made, and its first token is on the way.
      if (time < oldest && (time !== 0 || words[at] === 0n)) [best, oldest] = [at, time];
    }
    return best;
  }

  /** Index of the first word of a key's set; the upper bits of the hash choose it. */
  #set(low: number): number {
    const set = this.#setShift === 32 ? 0 : low >>> this.#setShift;
    return (headerBytes + set * ways * slotBytes) >> 3;
  }
}
