const closeOpcode = 0x8;

/** Close with status 1001, "going away" (RFC 6455 section 7.4.1), as a server sends it: unmasked. */
export const goingAway = Buffer.from([0x80 | closeOpcode, 2, 1001 >> 8, 1001 & 0xff]);

/**
 * Where one direction of a WebSocket is between two frames (RFC 6455 section 5.2). Nothing is looked at but lengths, and nothing
 * is kept: whoever wants to say something of his own must know where he may.
 */
export class WebSocketFrames {
  /** The frame that ends the conversation has begun. */
  closing = false;
  /** Bytes of the current header so far, and how many it has. */
  #have = 0;
  #need = 2;
  /** Where its length ends; behind it is the mask, if any. */
  #lengthEnd = 2;
  #length = 0;
  /** Of the payload, still to come. */
  #left = 0;

  /** Nothing of a frame has come of which not all has. */
  get between(): boolean {
    return this.#have === 0 && this.#left === 0;
  }

  /** Reads to the end of a frame. @returns the place behind it, or the length of `bytes` when it does not end there. */
  next(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, bytes.length - at);
        this.#left -= step;
        at += step;
      } else this.#header(bytes[at++] as number);
      if (this.between) break;
    }
    return at;
  }

  /** Reads all of `bytes`. */
  skip(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) at = this.next(bytes, at);
  }

  #header(byte: number): void {
    const place = this.#have++;
    if (place === 0) {
      if ((byte & 0x0f) === closeOpcode) this.closing = true;
    } else if (place === 1) {
      const short = byte & 0x7f;
      const longer = short === 126 ? 2 : short === 127 ? 8 : 0;
      this.#length = longer > 0 ? 0 : short;
      this.#lengthEnd = 2 + longer;
      this.#need = this.#lengthEnd + (byte & 0x80 ? 4 : 0);
    } else if (place < this.#lengthEnd) {
      this.#length = this.#length * 256 + byte;
    }
    if (place === 0 || this.#have < this.#need) return;
    this.#left = this.#length;
    this.#have = 0;
  }
}
