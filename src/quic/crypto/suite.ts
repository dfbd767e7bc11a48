import type { HashName } from './hkdf.ts';

/** A cipher suite of TLS 1.3 (RFC 8446 appendix B.4) as QUIC uses it (RFC 9001 section 5.3). */
export interface CipherSuite {
  readonly id: number;
  readonly hash: HashName;
  readonly hashBytes: number;
  readonly aead: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305';
  readonly keyBytes: number;
  /** Packets that one key may protect, and forged ones that it may see (RFC 9001 section 6.6). */
  readonly confidentialityLimit: number;
  readonly integrityLimit: number;
}

export const aes128: CipherSuite = {
  id: 0x1301,
  hash: 'sha256',
  hashBytes: 32,
  aead: 'aes-128-gcm',
  keyBytes: 16,
  confidentialityLimit: 2 ** 23,
  integrityLimit: 2 ** 52,
};

const aes256: CipherSuite = {
  id: 0x1302,
  hash: 'sha384',
  hashBytes: 48,
  aead: 'aes-256-gcm',
  keyBytes: 32,
  confidentialityLimit: 2 ** 23,
  integrityLimit: 2 ** 52,
};

export const chacha20: CipherSuite = {
  id: 0x1303,
  hash: 'sha256',
  hashBytes: 32,
  aead: 'chacha20-poly1305',
  keyBytes: 32,
  // It has none; the number of packets of a connection has one.
  confidentialityLimit: 2 ** 52,
  integrityLimit: 2 ** 36,
};

/** The one that the client names first is used: it knows whether its machine has instructions for AES. */
export const suites: ReadonlyMap<number, CipherSuite> = new Map(
  [aes128, aes256, chacha20].map((suite) => [suite.id, suite]),
);
