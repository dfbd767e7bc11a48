import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { expandPlain } from './hkdf.ts';

/** Seals what a server wants to remember and a client is to keep for it, with AES-256-GCM: tickets and tokens. */
export class Sealer {
  readonly #key: Buffer;
  readonly #purpose: Buffer;

  /** What was sealed for one purpose cannot be opened for another. */
  constructor(secret: Buffer, purpose: string) {
    this.#key = expandPlain('sha256', secret, purpose, 32);
    this.#purpose = Buffer.from(purpose);
  }

  /** `bound` must be the same when it is opened. */
  seal(text: Buffer, bound: Buffer): Buffer {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    cipher.setAAD(Buffer.concat([this.#purpose, bound]));
    const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()]);
  }

  /** Undefined for what was not sealed here, or for another purpose. */
  open(sealed: Buffer, bound: Buffer): Buffer | undefined {
    if (sealed.length < 28) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, 12), {
      authTagLength: 16,
    });
    decipher.setAAD(Buffer.concat([this.#purpose, bound]));
    decipher.setAuthTag(sealed.subarray(-16));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
    } catch {
      return undefined;
    }
  }
}
