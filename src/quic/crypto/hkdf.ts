import { createHmac } from 'node:crypto';

export type HashName = 'sha256' | 'sha384';

const nothing = Buffer.alloc(0);

export const hmac = (hash: HashName, key: Buffer, data: Buffer): Buffer =>
  createHmac(hash, key).update(data).digest();

/** HKDF-Extract of RFC 5869 section 2.2. */
export const extract = (hash: HashName, salt: Buffer, keyMaterial: Buffer): Buffer =>
  hmac(hash, salt, keyMaterial);

/** HKDF-Expand of RFC 5869 section 2.3, which `crypto.hkdf` has only together with Extract. */
function expand(hash: HashName, key: Buffer, info: Buffer, length: number): Buffer {
  const blocks: Buffer[] = [];
  let last: Buffer = nothing;
  for (let have = 0, i = 1; have < length; have += last.length, i++) {
    last = hmac(hash, key, Buffer.concat([last, info, Buffer.from([i])]));
    blocks.push(last);
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** HKDF-Expand-Label of RFC 8446 section 7.1; `label` without the prefix `tls13 `. */
export function expandLabel(
  hash: HashName,
  secret: Buffer,
  label: string,
  context: Buffer,
  length: number,
): Buffer {
  const full = Buffer.from(`tls13 ${label}`, 'latin1');
  const head = Buffer.from([length >> 8, length & 0xff, full.length]);
  const info = Buffer.concat([head, full, Buffer.from([context.length]), context]);
  return expand(hash, secret, info, length);
}

/** `expandLabel` without a context. */
export const expandPlain = (hash: HashName, secret: Buffer, label: string, length: number): Buffer =>
  expandLabel(hash, secret, label, nothing, length);
