/** The bytes of a body that a plugin holds back, as they came: joined only when the guest looks at them. */
export class BodyBuffer {
  #chunks: Buffer[] = [];
  length = 0;

  append(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.length += chunk.length;
  }

  /** From `start` on at most `max` bytes; what lies beyond the end is cut. Valid until the buffer changes. */
  slice(start: number, max: number): Buffer {
    return this.#joined().subarray(start, start + max);
  }

  /**
   * Replaces `size` bytes from `start` on; both are cut to what is there. So a start of 0 with a size of 0 puts in front,
   * one beyond the end appends, and a size beyond the end replaces the rest: what SDKs call prepend, append and replace.
   */
  splice(start: number, size: number, bytes: Buffer): void {
    const from = Math.min(start, this.length);
    const to = Math.min(from + size, this.length);
    if (from === this.length) {
      if (bytes.length > 0) this.append(bytes);
      return;
    }
    const whole = this.#joined();
    this.#chunks = [whole.subarray(0, from), bytes, whole.subarray(to)].filter(({ length }) => length > 0);
    this.length += bytes.length - (to - from);
  }

  /** Everything, which leaves the buffer empty. */
  take(): readonly Buffer[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.length = 0;
    return chunks;
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] as Buffer;
  }
}
