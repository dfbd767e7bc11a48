import { createHash, type Hash } from 'node:crypto';
import { expandLabel, expandPlain, extract, hmac } from '../crypto/hkdf.ts';
import type { CipherSuite } from '../crypto/suite.ts';

/** All handshake messages so far, as their hash (RFC 8446 section 4.4.1). */
export class Transcript {
  readonly #suite: CipherSuite;
  #hash: Hash;

  constructor(suite: CipherSuite, hash: Hash = createHash(suite.hash)) {
    this.#suite = suite;
    this.#hash = hash;
  }

  copy(): Transcript {
    return new Transcript(this.#suite, this.#hash.copy());
  }

  add(message: Buffer): void {
    this.#hash.update(message);
  }

  digest(): Buffer {
    return this.#hash.copy().digest();
  }

  /** Its hash takes the place of the first ClientHello when it was answered by a HelloRetryRequest. */
  replaceByItsHash(): void {
    const hash = this.digest();
    this.#hash = createHash(this.#suite.hash);
    this.#hash.update(Buffer.from([254, 0, 0, hash.length])).update(hash);
  }
}

/** The secrets of one connection (RFC 8446 section 7.1): early, then handshake, then master. */
export class KeySchedule {
  readonly #suite: CipherSuite;
  readonly #zeros: Buffer;
  readonly #empty: Buffer;
  #secret: Buffer;

  /** `psk`: of a session that is resumed. */
  constructor(suite: CipherSuite, psk?: Buffer) {
    this.#suite = suite;
    this.#zeros = Buffer.alloc(suite.hashBytes);
    this.#empty = createHash(suite.hash).digest();
    this.#secret = extract(suite.hash, this.#zeros, psk ?? this.#zeros);
  }

  /** Derive-Secret; `transcript` is its hash. */
  derive(label: string, transcript: Buffer = this.#empty): Buffer {
    return expandLabel(this.#suite.hash, this.#secret, label, transcript, this.#suite.hashBytes);
  }

  /** From the early secret to that of the handshake. */
  toHandshake(shared: Buffer): void {
    this.#secret = extract(this.#suite.hash, this.derive('derived'), shared);
  }

  toMaster(): void {
    this.#secret = extract(this.#suite.hash, this.derive('derived'), this.#zeros);
  }
}

/** `verify_data` of Finished (RFC 8446 section 4.4.4), and the binder of a PSK: `base` is the traffic or binder secret. */
export function finishedMac(suite: CipherSuite, base: Buffer, transcript: Buffer): Buffer {
  const key = expandPlain(suite.hash, base, 'finished', suite.hashBytes);
  return hmac(suite.hash, key, transcript);
}

/** RFC 8446 section 4.6.1: the PSK of one ticket. */
export const resumptionPsk = (suite: CipherSuite, resumption: Buffer, nonce: Buffer): Buffer =>
  expandLabel(suite.hash, resumption, 'resumption', nonce, suite.hashBytes);
