import { SharedLock } from './lock.ts';

export const maxQueues = 64;
/** What a queue holds, with 4 to 7 bytes for each message. */
export const queueBytes = 1 << 20;

/** Cells of four bytes before the queues. */
const cell = { lock: 0, count: 1 } as const;
const firstAt = 64;
/**
 * A queue: its cells, its name, and a ring of messages, each a length and its bytes up to a multiple of four. `head` and
 * `tail` are places in the ring; `ready` counts the messages that the registrant has not been told of.
 */
const field = { head: 0, tail: 1, ready: 2, registrant: 3, nameSize: 4 } as const;
const nameAt = 32;
const ringAt = 512;
const stride = ringAt + queueBytes;
export const maxNameBytes = ringAt - nameAt;

/** Made by the control thread, one for each namespace. */
export const makeQueues = (): SharedArrayBuffer =>
  new SharedArrayBuffer(firstAt, { maxByteLength: firstAt + maxQueues * stride });

/** Who is told of messages: a number of the worker's own choosing above the number of the worker; 0 is nobody. */
const workerBits = 10;
export const registrantOf = (worker: number, number: number): number => (number << workerBits) | worker;
const workerOf = (registrant: number): number => registrant & ((1 << workerBits) - 1);

/**
 * The shared queues of one namespace as one thread sees them (proxy-wasm spec 0.2.1, `proxy_register_shared_queue` and those
 * after it). Ids count from 1 on. A ring is changed by one store each way, so a thread that dies leaves nothing half done.
 */
export class SharedQueues {
  readonly #buffer: SharedArrayBuffer;
  readonly #lock: SharedLock;
  readonly #head: Int32Array;
  #cells: Int32Array;
  #bytes: Buffer;

  /** `holder`: see SharedLock. */
  constructor(buffer: SharedArrayBuffer, holder: number) {
    this.#buffer = buffer;
    this.#head = new Int32Array(buffer, 0, 2);
    this.#lock = new SharedLock(this.#head, cell.lock, holder);
    this.#cells = new Int32Array(buffer, 0, buffer.byteLength >> 2);
    this.#bytes = Buffer.from(buffer, 0, buffer.byteLength);
  }

  /** Opens or makes a queue and becomes its registrant. 0: there are too many, or the name is too long. */
  register(name: Buffer, registrant: number): number {
    return this.#locked(() => {
      const id = this.#find(name) || this.#make(name);
      if (id !== 0) Atomics.store(this.#cells, this.#at(id) + field.registrant, registrant);
      return id;
    });
  }

  /** 0 for none. */
  resolve(name: Buffer): number {
    return this.#locked(() => this.#find(name));
  }

  /** The worker to ring, undefined when nobody is to be told yet. */
  enqueue(id: number, message: Uint8Array): 'missing' | 'full' | { readonly ring: number | undefined } {
    return this.#locked(() => {
      if (!this.#has(id)) return 'missing';
      const at = this.#at(id);
      const tail = this.#cells[at + field.tail] as number;
      const used = (tail - (this.#cells[at + field.head] as number) + queueBytes) % queueBytes;
      const size = 4 + ((message.length + 3) & ~3);
      if (used + size >= queueBytes) return 'full';
      this.#cells[this.#ring(id) / 4 + tail / 4] = message.length;
      this.#write(id, (tail + 4) % queueBytes, message);
      Atomics.add(this.#cells, at + field.ready, 1);
      this.#cells[at + field.tail] = (tail + size) % queueBytes;
      const registrant = Atomics.load(this.#cells, at + field.registrant);
      return { ring: registrant === 0 ? undefined : workerOf(registrant) };
    });
  }

  dequeue(id: number): 'missing' | 'empty' | Buffer {
    return this.#locked(() => {
      if (!this.#has(id)) return 'missing';
      const at = this.#at(id);
      const head = this.#cells[at + field.head] as number;
      if (head === this.#cells[at + field.tail]) return 'empty';
      const length = this.#cells[this.#ring(id) / 4 + head / 4] as number;
      const message = this.#read(id, (head + 4) % queueBytes, length);
      this.#cells[at + field.head] = (head + 4 + ((length + 3) & ~3)) % queueBytes;
      return message;
    });
  }

  /** True once for each message, for the registrant only; where there is none, whoever asks becomes it. */
  takeReady(id: number, registrant: number): boolean {
    const at = this.#at(id);
    const present = Atomics.compareExchange(this.#cells, at + field.registrant, 0, registrant);
    if (present !== 0 && present !== registrant) return false;
    for (;;) {
      const ready = Atomics.load(this.#cells, at + field.ready);
      if (ready === 0) return false;
      if (Atomics.compareExchange(this.#cells, at + field.ready, ready, ready - 1) === ready) return true;
    }
  }

  /** It does not want to be told any more. True when it was the one: another should ask. */
  leave(id: number, registrant: number): boolean {
    return (
      Atomics.compareExchange(this.#cells, this.#at(id) + field.registrant, registrant, 0) === registrant
    );
  }

  /** A worker has ended: its lock is given up, and others may become registrants of its queues. */
  lost(worker: number, holder: number): void {
    this.abandon(holder);
    this.#locked(() => {
      for (let id = 1; this.#has(id); id++) {
        const registrant = Atomics.load(this.#cells, this.#at(id) + field.registrant);
        if (registrant !== 0 && workerOf(registrant) === worker) this.leave(id, registrant);
      }
    });
  }

  /** Gives up what a thread that died, or was cut in the middle of a call, has left locked. */
  abandon(holder: number): void {
    if (this.#lock.heldBy(holder)) this.#lock.unlock();
  }

  #locked<T>(run: () => T): T {
    this.#lock.lock();
    try {
      if (firstAt + this.#count * stride > this.#bytes.length) this.#view();
      return run();
    } finally {
      this.#lock.unlock();
    }
  }

  get #count(): number {
    return this.#head[cell.count] as number;
  }

  #has(id: number): boolean {
    return id > 0 && id <= this.#count;
  }

  /** In cells. */
  #at(id: number): number {
    return (firstAt + (id - 1) * stride) >> 2;
  }

  /** In bytes. */
  #ring(id: number): number {
    return firstAt + (id - 1) * stride + ringAt;
  }

  #find(name: Buffer): number {
    for (let id = 1; this.#has(id); id++) {
      const from = this.#at(id) * 4 + nameAt;
      const size = this.#cells[this.#at(id) + field.nameSize] as number;
      if (size === name.length && name.compare(this.#bytes, from, from + size) === 0) return id;
    }
    return 0;
  }

  /** The count says when it is complete. */
  #make(name: Buffer): number {
    const id = this.#count + 1;
    if (id > maxQueues || name.length > maxNameBytes) return 0;
    const size = firstAt + id * stride;
    if (this.#buffer.byteLength < size) this.#buffer.grow(size);
    this.#view();
    this.#cells[this.#at(id) + field.nameSize] = name.length;
    this.#bytes.set(name, this.#at(id) * 4 + nameAt);
    this.#head[cell.count] = id;
    return id;
  }

  #write(id: number, to: number, message: Uint8Array): void {
    const first = Math.min(message.length, queueBytes - to);
    this.#bytes.set(message.subarray(0, first), this.#ring(id) + to);
    if (first < message.length) this.#bytes.set(message.subarray(first), this.#ring(id));
  }

  #read(id: number, from: number, length: number): Buffer {
    const message = Buffer.allocUnsafe(length);
    const first = Math.min(length, queueBytes - from);
    const ring = this.#ring(id);
    this.#bytes.copy(message, 0, ring + from, ring + from + first);
    if (first < length) this.#bytes.copy(message, first, ring, ring + length - first);
    return message;
  }

  #view(): void {
    const { byteLength } = this.#buffer;
    this.#cells = new Int32Array(this.#buffer, 0, byteLength >> 2);
    this.#bytes = Buffer.from(this.#buffer, 0, byteLength);
  }
}
