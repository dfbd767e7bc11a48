/** Pieces that may wait behind a gap: more of them cost more than they are worth (RFC 9000 section 21.7). */
const maxPieces = 1024;
/** A small piece must not keep the whole datagram that it came in. */
const copyBelowBytes = 512;

/** Puts the bytes of CRYPTO and STREAM frames in order (RFC 9000 section 2.2). What came twice is taken once. */
export class Reassembly {
  /** Everything below has been read. */
  offset = 0;
  readonly #ready: Buffer[] = [];
  /** Where the ready bytes end. */
  #readyTo = 0;
  /** Behind gaps, ascending; they do not overlap. */
  readonly #waiting: { from: number; bytes: Buffer }[] = [];

  /** @returns false when there are too many gaps to go on */
  insert(from: number, bytes: Buffer): boolean {
    const to = from + bytes.length;
    if (to <= this.#readyTo) return true;
    if (from <= this.#readyTo) {
      this.#makeReady(bytes.subarray(this.#readyTo - from));
      if (this.#waiting.length > 0) this.#join();
      return true;
    }
    return this.#wait(from, bytes);
  }

  /** The next bytes in order, if they are there. */
  read(): Buffer | undefined {
    const bytes = this.#ready.shift();
    if (bytes) this.offset += bytes.length;
    return bytes;
  }

  clear(): void {
    this.#ready.length = 0;
    this.#waiting.length = 0;
  }

  #makeReady(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#ready.push(bytes);
    this.#readyTo += bytes.length;
  }

  #join(): void {
    for (let next = this.#waiting[0]; next && next.from <= this.#readyTo; next = this.#waiting[0]) {
      this.#waiting.shift();
      const have = this.#readyTo - next.from;
      if (have < next.bytes.length) this.#makeReady(next.bytes.subarray(have));
    }
  }

  #wait(begin: number, bytes: Buffer): boolean {
    const waiting = this.#waiting;
    let at = waiting.length;
    while (at > 0 && (waiting[at - 1] as { from: number }).from >= begin) at--;
    let from = begin;
    let rest = bytes.length < copyBelowBytes ? Buffer.from(bytes) : bytes;
    const before = waiting[at - 1];
    if (before) {
      const have = before.from + before.bytes.length - from;
      if (have >= rest.length) return true;
      if (have > 0) {
        rest = rest.subarray(have);
        from += have;
      }
    }
    // What the new piece covers goes; of one that it reaches into the rest stays.
    while (at < waiting.length) {
      const behind = waiting[at] as { from: number; bytes: Buffer };
      const overlap = from + rest.length - behind.from;
      if (overlap <= 0) break;
      if (overlap < behind.bytes.length) {
        rest = rest.subarray(0, rest.length - overlap);
        break;
      }
      waiting.splice(at, 1);
    }
    waiting.splice(at, 0, { from, bytes: rest });
    return waiting.length <= maxPieces;
  }
}
