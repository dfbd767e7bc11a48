/** As large as the buffer that all sockets read into. */
const pieceBytes = 65_536;
/** 2 MiB for each thread, a piece for each of so many slow receivers; more are made, and left to the garbage collector. */
const maxKept = 32;
const free: Buffer[] = [];

/**
 * A copy of at most 64 KiB that is given back when it is written. A gigabyte that passes would otherwise leave a gigabyte of
 * pieces for the garbage collector, which lets 64 MiB of them lie before it looks.
 */
export class PieceCopy {
  readonly bytes: Buffer;
  readonly #whole: Buffer;

  constructor(piece: Buffer) {
    this.#whole = free.pop() ?? Buffer.allocUnsafeSlow(pieceBytes);
    piece.copy(this.#whole);
    this.bytes = this.#whole.subarray(0, piece.length);
  }

  /** Nobody reads `bytes` any more. */
  readonly release = (): void => {
    if (free.length < maxKept) free.push(this.#whole);
  };
}
