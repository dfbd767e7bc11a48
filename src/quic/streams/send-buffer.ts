/** Bytes of a stream or of a handshake that may have to be sent once more: they stay until they are acknowledged. */
import { RangeSet } from '../coding/range-set.ts';
import type { ByteWriter } from '../coding/writer.ts';

interface Chunk {
  readonly from: number;
  readonly bytes: Buffer;
}

export class SendBuffer {
  readonly #chunks: Chunk[] = [];
  readonly #acked = new RangeSet();
  /** Lost, and to be sent before anything new. */
  readonly #again = new RangeSet();
  /** Offset of the next byte to be written. */
  end = 0;
  /** Offset of the next byte to be sent for the first time. */
  next = 0;

  write(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#chunks.push({ from: this.end, bytes });
    this.end += bytes.length;
  }

  /** Bytes that were never sent. */
  get unsent(): number {
    return this.end - this.next;
  }

  get hasLost(): boolean {
    return !this.#again.isEmpty;
  }

  get isAllAcked(): boolean {
    return this.end === 0 || this.#acked.covers(0, this.end);
  }

  /** What to send next, at most up to `limit`: [from, to], the same number twice for nothing. What was lost comes first. */
  nextRange(limit: number): readonly [number, number] {
    const { flat } = this.#again;
    if (flat.length > 0) return [flat[0] as number, flat[1] as number];
    return [this.next, Math.max(this.next, Math.min(this.end, limit))];
  }

  /** Writes the bytes of that range. */
  copy(from: number, to: number, writer: ByteWriter): void {
    let at = from;
    for (let i = this.#find(from); at < to; i++) {
      const chunk = this.#chunks[i] as Chunk;
      const begin = at - chunk.from;
      const end = Math.min(chunk.bytes.length, to - chunk.from);
      writer.raw(chunk.bytes.subarray(begin, end));
      at += end - begin;
    }
    this.#again.remove(from, to);
    if (to > this.next) this.next = to;
  }

  acked(from: number, to: number): void {
    this.#acked.add(from, to);
    this.#again.remove(from, to);
    const [first, done = 0] = this.#acked.flat;
    if (first !== 0) return;
    let whole = 0;
    for (; whole < this.#chunks.length; whole++) {
      const chunk = this.#chunks[whole] as Chunk;
      if (chunk.from + chunk.bytes.length > done) break;
    }
    if (whole > 0) this.#chunks.splice(0, whole);
  }

  lost(from: number, to: number): void {
    this.#again.add(from, to);
    for (let { flat } = this.#acked, i = 0; i < flat.length; i += 2)
      this.#again.remove(flat[i] as number, flat[i + 1] as number);
  }

  /** Nothing of it will be sent any more. */
  clear(): void {
    this.#chunks.length = 0;
    this.#again.clear();
    this.end = this.next;
  }

  #find(offset: number): number {
    let [low, high] = [0, this.#chunks.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#chunks[middle] as Chunk).from <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
