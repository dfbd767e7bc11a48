/**
 * HalfSipHash-1-3 with 64 bits of output (J.-P. Aumasson, D. J. Bernstein, "SipHash"; the Linux kernel's hash for tables). Keyed,
 * so that a client who chooses its key cannot choose whose bucket it meets. Two code units of the text make one word.
 */
export class KeyHash {
  readonly #k0: number;
  readonly #k1: number;
  /** The last result, as two signed words: a hash per request must not allocate. Never both 0. */
  low = 0;
  high = 0;

  constructor(k0: number, k1: number) {
    this.#k0 = k0;
    this.#k1 = k1;
  }

  update(text: string): void {
    let v0 = this.#k0;
    let v1 = this.#k1 ^ 0xee;
    let v2 = this.#k0 ^ 0x6c796765;
    let v3 = this.#k1 ^ 0x74656462;
    const { length } = text;
    // One word more than the pairs: the odd unit and the length. Then three words of 0 stand for the final rounds.
    const last = length >> 1;
    for (let i = 0; i <= last + 6; i++) {
      let word = 0;
      if (i < last) word = text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 16);
      else if (i === last) word = (length & 1 ? text.charCodeAt(length - 1) : 0) | (length << 16);
      else if (i === last + 1) v2 ^= 0xee;
      else if (i === last + 4) {
        this.low = v1 ^ v3;
        v1 ^= 0xdd;
      }
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    this.high = v1 ^ v3 || 1;
  }
}
