import { createHash } from 'node:crypto';
import { SupplyError } from '../supply-error.ts';

/** `sha256:` and lower-case hex. */
export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export const isDigest = (text: unknown): text is string =>
  typeof text === 'string' && /^sha256:[a-f0-9]{64}$/.test(text);

/** Throws a SupplyError unless the bytes have that digest. */
export function checkDigest(bytes: Uint8Array, digest: string, what: string): void {
  const got = digestOf(bytes);
  if (got !== digest) throw new SupplyError('DigestMismatch', `${what} has the digest ${got}, not ${digest}`);
}
