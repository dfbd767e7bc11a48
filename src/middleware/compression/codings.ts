import type { Coding } from './accepted.ts';

/** Content codings by the names that settings have for them. */
export const codings = { Brotli: 'br', Gzip: 'gzip', Zstd: 'zstd' } as const satisfies Readonly<
  Record<string, Coding>
>;

/** Fields that say something of the bytes as they were (RFC 9530), or promise parts of them. */
export const untrue = ['accept-ranges', 'content-digest', 'content-md5', 'digest', 'repr-digest'];
