/** A flag for compression and the length, before each message ("gRPC over HTTP2", Length-Prefixed-Message). */
const prefix = 5;

/** Thrown for what cannot be read. */
export class GrpcFrameError extends Error {
  readonly tooLarge: boolean;

  constructor(message: string, tooLarge: boolean) {
    super(message);
    this.name = 'GrpcFrameError';
    this.tooLarge = tooLarge;
  }
}

export function grpcFrame(message: Buffer): Buffer {
  const head = Buffer.alloc(prefix);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Cuts a stream of bytes into messages. */
export class GrpcFrames {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  /** Of the message whose prefix was read, -1 before it. */
  #length = -1;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** True when the bytes so far end with a message. */
  get whole(): boolean {
    return this.#bytes === 0 && this.#length < 0;
  }

  /** The messages that are complete with this piece. Throws GrpcFrameError. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const messages: Buffer[] = [];
    for (;;) {
      if (this.#length < 0) {
        if (this.#bytes < prefix) return messages;
        const head = this.#take(prefix);
        if (head[0] !== 0) throw new GrpcFrameError('the message is compressed, which was not agreed', false);
        this.#length = head.readUInt32BE(1);
        if (this.#length > this.#maxBytes)
          throw new GrpcFrameError(`a message of ${this.#length} bytes is too large`, true);
      }
      if (this.#bytes < this.#length) return messages;
      messages.push(this.#take(this.#length));
      this.#length = -1;
    }
  }

  #take(size: number): Buffer {
    const [first] = this.#chunks;
    const all = first && first.length >= size ? first : Buffer.concat(this.#chunks);
    const rest = all === first ? this.#chunks.slice(1) : [];
    this.#chunks.length = 0;
    if (all.length > size) this.#chunks.push(all.subarray(size));
    this.#chunks.push(...rest);
    this.#bytes -= size;
    return all.subarray(0, size);
  }
}
