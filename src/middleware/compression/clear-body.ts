import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib';
import { LoomError } from '../../errors.ts';
import type { BodySource } from '../../http/body.ts';
import type { Coding } from './accepted.ts';
import { TransformedBody } from './transformed-body.ts';

const makers: Readonly<Record<Coding, () => Transform>> = {
  br: createBrotliDecompress,
  gzip: createGunzip,
  zstd: createZstdDecompress,
};

/** A compressed body in clear. Fails with LoomError: bad-request where it is none, body-too-large beyond `maxBytes`. */
export class ClearBody extends TransformedBody {
  readonly #maxBytes: number;
  readonly #coding: Coding;
  #bytes = 0;

  constructor(source: BodySource, coding: Coding, maxBytes: number) {
    super(source, makers[coding]());
    this.#coding = coding;
    this.#maxBytes = maxBytes;
  }

  protected override admits(piece: Buffer): Error | undefined {
    this.#bytes += piece.length;
    return this.#bytes > this.#maxBytes ? new LoomError('body-too-large', 'in clear') : undefined;
  }

  protected override failureOf(error: Error): Error {
    return new LoomError('bad-request', `the body is not ${this.#coding}: ${error.message}`, error);
  }
}
