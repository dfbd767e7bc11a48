import type { Transform } from 'node:stream';
import { constants, createBrotliCompress, createGzip, createZstdCompress } from 'node:zlib';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { BodySource } from '../../http/body.ts';
import type { Coding } from './accepted.ts';
import { TransformedBody } from './transformed-body.ts';

/** Windows of 256 KiB: what a stream costs in memory matters more than what far repetitions save. */
const windowBits = 18;
/** Levels that keep up with a network; each is about where another one costs more than it saves. */
const brotli = {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 4,
    [constants.BROTLI_PARAM_LGWIN]: windowBits,
  },
};
const zstd = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 3,
    [constants.ZSTD_c_windowLog]: windowBits,
  },
};
const gzip = { level: 5 };

/** Each piece leaves whole: what an event stream sends must not wait for what comes next. */
const makers: Readonly<Record<Coding, () => Transform>> = {
  br: () => createBrotliCompress({ ...brotli, flush: constants.BROTLI_OPERATION_FLUSH }),
  gzip: () => createGzip({ ...gzip, flush: constants.Z_SYNC_FLUSH }),
  zstd: () => createZstdCompress({ ...zstd, flush: constants.ZSTD_e_flush }),
};

const wholeMakers: Readonly<Record<Coding, (bytes: Buffer) => Buffer>> = {
  br: (bytes) => brotliCompressSync(bytes, brotli),
  gzip: (bytes) => gzipSync(bytes, gzip),
  zstd: (bytes) => zstdCompressSync(bytes, zstd),
};

/** For bodies so small that a thread of the pool would cost more than the work. */
export const compressWhole = (coding: Coding, bytes: Buffer): Buffer => wholeMakers[coding](bytes);

/** A body on its way through a compressor. */
export class CompressedBody extends TransformedBody {
  constructor(source: BodySource, coding: Coding) {
    super(source, makers[coding]());
  }
}
