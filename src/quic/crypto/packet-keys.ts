import { createCipheriv, createDecipheriv, type CipherGCMTypes } from 'node:crypto';
import { expandPlain } from './hkdf.ts';
import type { CipherSuite } from './suite.ts';

export const tagBytes = 16;
export const sampleBytes = 16;
const nonceBytes = 12;

/** Hides first bytes and packet numbers (RFC 9001 section 5.4); the same through all key updates. */
export type HeaderMask = (sample: Buffer) => Buffer;

function headerMask(suite: CipherSuite, secret: Buffer): HeaderMask {
  const key = expandPlain(suite.hash, secret, 'quic hp', suite.keyBytes);
  if (suite.aead === 'chacha20-poly1305') {
    const zeros = Buffer.alloc(5);
    // The sample is a counter of 32 bits and a nonce, in the order that OpenSSL takes.
    return (sample) => createCipheriv('chacha20', key, sample).update(zeros);
  }
  const cipher = createCipheriv(suite.keyBytes === 16 ? 'aes-128-ecb' : 'aes-256-ecb', key, null);
  cipher.setAutoPadding(false);
  return (sample) => cipher.update(sample);
}

/** Protects the packets of one direction (RFC 9001 section 5.3). */
export class PacketKeys {
  readonly suite: CipherSuite;
  readonly mask: HeaderMask;
  readonly #secret: Buffer;
  readonly #key: Buffer;
  readonly #iv: Buffer;
  readonly #nonce = Buffer.alloc(nonceBytes);

  /** `mask` is that of the keys before, if there were any. */
  constructor(suite: CipherSuite, secret: Buffer, mask: HeaderMask = headerMask(suite, secret)) {
    this.suite = suite;
    this.mask = mask;
    this.#secret = secret;
    this.#key = expandPlain(suite.hash, secret, 'quic key', suite.keyBytes);
    this.#iv = expandPlain(suite.hash, secret, 'quic iv', nonceBytes);
  }

  /** Those of the next key phase (RFC 9001 section 6.1). */
  next(): PacketKeys {
    const { suite } = this;
    return new PacketKeys(
      suite,
      expandPlain(suite.hash, this.#secret, 'quic ku', suite.hashBytes),
      this.mask,
    );
  }

  /**
   * Encrypts what stands in `packet` from `from` to `to` in its place and adds the tag; what stands from `start` to `from` is
   * the header. @returns the end.
   */
  seal(packet: Buffer, number: number, start: number, from: number, to: number): number {
    const cipher = createCipheriv(this.suite.aead as CipherGCMTypes, this.#key, this.#nonceOf(number), {
      authTagLength: tagBytes,
    });
    cipher.setAAD(packet.subarray(start, from));
    packet.set(cipher.update(packet.subarray(from, to)), from);
    cipher.final();
    packet.set(cipher.getAuthTag(), to);
    return to + tagBytes;
  }

  /** Undefined for what was not made with these keys. `body` ends with the tag. */
  open(number: number, header: Buffer, body: Buffer): Buffer | undefined {
    const end = body.length - tagBytes;
    if (end < 0) return undefined;
    const decipher = createDecipheriv(this.suite.aead as CipherGCMTypes, this.#key, this.#nonceOf(number), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(header);
    decipher.setAuthTag(body.subarray(end));
    const plain = decipher.update(body.subarray(0, end));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return plain;
  }

  #nonceOf(number: number): Buffer {
    const nonce = this.#nonce;
    nonce.set(this.#iv);
    nonce.writeInt32BE(nonce.readInt32BE(8) ^ (number | 0), 8);
    // Numbers have up to 62 bits.
    if (number > 0xffff_ffff) nonce.writeInt32BE(nonce.readInt32BE(4) ^ Math.floor(number / 2 ** 32), 4);
    return nonce;
  }
}
