import { SharedLock } from './lock.ts';

/** Kinds of metrics, by the number of `proxy_metric_type_t` (proxy-wasm spec 0.2.1). */
export const metricTypes = ['counter', 'gauge', 'histogram'] as const;

/** Upper bounds of the buckets of a histogram: Envoy's, since plugins record what they would record there. */
export const histogramBounds = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
] as const;

export const maxMetrics = 4096;
const maxBytes = 1 << 20;
const initialBytes = 4096;

/** Cells of four bytes. */
const cell = { lock: 0, count: 1 } as const;
const firstAt = 8;

/** A metric in bytes, from a multiple of 8: type, length of the name, name, then from the next multiple of 8 on its numbers. */
const field = { type: 0, nameSize: 4, name: 8 } as const;

/** A counter or gauge has one number; a histogram its buckets, that beyond all bounds, and the sum. */
const numbersOf = (type: number): number =>
  metricTypes[type] === 'histogram' ? histogramBounds.length + 2 : 1;

/** Made by the control thread, one for each plugin. */
export const makeMetrics = (): SharedArrayBuffer =>
  new SharedArrayBuffer(initialBytes, { maxByteLength: maxBytes });

export interface MetricPlace {
  readonly type: number;
  readonly name: Buffer;
  /** Of the first of its numbers. */
  readonly at: number;
}

/**
 * The metrics of one plugin, one after the other, never moved or removed. The n-th has the number n from 1 on, in all
 * threads alike. The numbers are 64 bits each and changed by Atomics only, so what a thread counts, all see at once.
 */
export class MetricMemory {
  readonly #buffer: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #lock: SharedLock;
  /** Views of the memory as it was when a metric was last added; made anew when it has grown. */
  numbers: BigInt64Array;
  #bytes: Buffer;
  /** How many of the metrics this thread has seen, and where the next is. */
  #seen = 0;
  #next = firstAt;

  /** `holder`: see SharedLock. */
  constructor(buffer: SharedArrayBuffer, holder: number) {
    this.#buffer = buffer;
    this.#head = new Int32Array(buffer, 0, 2);
    this.#lock = new SharedLock(this.#head, cell.lock, holder);
    this.numbers = new BigInt64Array(buffer, 0, buffer.byteLength >> 3);
    this.#bytes = Buffer.from(buffer, 0, buffer.byteLength);
  }

  /** Those that any thread has added since the last call. */
  *unseen(): Generator<MetricPlace> {
    const count = Atomics.load(this.#head, cell.count);
    if (count > this.#seen) this.#view();
    while (this.#seen < count) {
      const start = this.#next;
      const type = this.#bytes.readInt32LE(start + field.type);
      const nameSize = this.#bytes.readInt32LE(start + field.nameSize);
      const numbers = numbersAt(start, nameSize);
      this.#seen++;
      this.#next = numbers + numbersOf(type) * 8;
      const name = Buffer.from(this.#bytes.subarray(start + field.name, start + field.name + nameSize));
      yield { type, name, at: numbers >> 3 };
    }
  }

  /** Runs alone among all threads. */
  locked<T>(run: () => T): T {
    this.#lock.lock();
    try {
      return run();
    } finally {
      this.#lock.unlock();
    }
  }

  /**
   * Only while locked and with nothing unseen. False when there is no room. It is there for others when it is complete, and
   * not before: who dies before that has left nothing.
   */
  add(type: number, name: Uint8Array): boolean {
    const start = this.#next;
    const numbers = numbersAt(start, name.length);
    const end = numbers + numbersOf(type) * 8;
    if (this.#seen >= maxMetrics || end > this.#buffer.maxByteLength) return false;
    if (end > this.#buffer.byteLength)
      this.#buffer.grow(Math.min(Math.max(this.#buffer.byteLength * 2, end), this.#buffer.maxByteLength));
    this.#view();
    this.#bytes.writeInt32LE(type, start + field.type);
    this.#bytes.writeInt32LE(name.length, start + field.nameSize);
    this.#bytes.set(name, start + field.name);
    this.#bytes.fill(0, numbers, end);
    Atomics.store(this.#head, cell.count, this.#seen + 1);
    return true;
  }

  /** Gives up what a thread that died, or was cut in the middle of a call, has left locked. */
  abandon(holder: number): void {
    if (this.#lock.heldBy(holder)) this.#lock.unlock();
  }

  #view(): void {
    const { byteLength } = this.#buffer;
    if (byteLength === this.#bytes.length) return;
    this.numbers = new BigInt64Array(this.#buffer, 0, byteLength >> 3);
    this.#bytes = Buffer.from(this.#buffer, 0, byteLength);
  }
}

const numbersAt = (start: number, nameSize: number): number => (start + field.name + nameSize + 7) & ~7;
