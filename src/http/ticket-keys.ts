import { randomFillSync } from 'node:crypto';

/** What node:tls wants: a name, a key for HMAC and one for AES, 16 bytes each. */
const keyBytes = 48;
/** A number of 32 bits before the keys. */
const headBytes = 4;

/**
 * The keys that seal TLS sessions into tickets (RFC 5077, RFC 8446 section 4.6.1), shared by all workers, so that a client resumes its
 * session with whichever accepts its next connection. They are never written anywhere, and who gets hold of them can read TLS 1.2
 * sessions that were resumed: so they are replaced often. A ticket of before costs its owner a full handshake.
 */
export class TicketKeys {
  readonly buffer: SharedArrayBuffer;
  readonly #generation: Int32Array;
  readonly #keys: Uint8Array;

  /** Of `buffer` of another thread; without it new ones. */
  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(headBytes + keyBytes);
    this.#generation = new Int32Array(this.buffer, 0, 1);
    this.#keys = new Uint8Array(this.buffer, headBytes, keyBytes);
    if (!buffer) this.rotate();
  }

  /** Changes with the keys. */
  get generation(): number {
    return Atomics.load(this.#generation, 0);
  }

  current(): Buffer {
    return Buffer.from(this.#keys);
  }

  /** Only one thread may do it. */
  rotate(): void {
    randomFillSync(this.#keys);
    Atomics.add(this.#generation, 0, 1);
  }
}
