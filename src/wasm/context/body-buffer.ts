/**
 * The bytes of a body that a plugin holds back, as they came: joined only when the guest looks at them. They can be edited as
 * JSON too: the text is read once, and written anew when somebody wants bytes again.
 */
export class BodyBuffer {
  #chunks: Buffer[] = [];
  #length = 0;
  /** What the bytes say as JSON; `edited` when they have to be made from it. */
  #json: { value: unknown; edited: boolean } | undefined;
  /** Bytes of JSON that were written into it: what `length` cannot tell without making all of them. */
  writtenBytes = 0;

  get length(): number {
    if (this.#json?.edited) this.#write();
    return this.#length;
  }

  append(chunk: Buffer): void {
    if (this.#json?.edited) this.#write();
    this.#json = undefined;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** What the bytes say as JSON. Throws when they say nothing. */
  readJson(): unknown {
    if (!this.#json) this.#json = { value: JSON.parse(this.#joined().utf8Slice()), edited: false };
    return this.#json.value;
  }

  /** The value is to be the body: the one of `readJson`, changed in its place by so many bytes, or another. */
  writeJson(value: unknown, bytes: number): void {
    this.#json = { value, edited: true };
    this.writtenBytes += bytes;
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
    const end = this.length;
    const from = Math.min(start, end);
    const to = Math.min(from + size, end);
    if (from === end) {
      if (bytes.length > 0) this.append(bytes);
      return;
    }
    const whole = this.#joined();
    this.#chunks = [whole.subarray(0, from), bytes, whole.subarray(to)].filter(({ length }) => length > 0);
    this.#length += bytes.length - (to - from);
    this.#json = undefined;
  }

  /** Everything, which leaves the buffer empty. */
  take(): readonly Buffer[] {
    if (this.#json?.edited) this.#write();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#length = 0;
    this.#json = undefined;
    this.writtenBytes = 0;
    return chunks;
  }

  #write(): void {
    if (!this.#json) return;
    this.#json.edited = false;
    const bytes = Buffer.from(JSON.stringify(this.#json.value));
    this.#chunks = [bytes];
    this.#length = bytes.length;
  }

  #joined(): Buffer {
    if (this.#json?.edited) this.#write();
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] as Buffer;
  }
}
