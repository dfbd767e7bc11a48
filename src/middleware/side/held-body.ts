import type { BodySink, BodySource } from '../../http/body.ts';
import type { HeaderList } from '../../http/headers.ts';

/** A body of bytes that are there already. */
export class HeldBody implements BodySource {
  readonly length: number;
  readonly bytes: Buffer;
  readonly #trailers: HeaderList | undefined;
  #sink: BodySink | undefined;

  constructor(bytes: Buffer, trailers?: HeaderList) {
    this.bytes = bytes;
    this.length = bytes.length;
    this.#trailers = trailers;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    if (this.bytes.length === 0 || sink.data(this.bytes)) this.resume();
  }

  resume(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.end(this.#trailers);
  }

  cancel(): void {
    this.#sink = undefined;
  }
}

/** Reads a body to its end. Resolves with undefined, and lets go of it, where it is longer. Rejects where it fails. */
export function hold(body: BodySource, maxBytes: number): Promise<HeldBody | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<HeldBody | undefined>();
  const pieces: Buffer[] = [];
  let bytes = 0;
  body.start({
    data(piece) {
      bytes += piece.length;
      if (bytes <= maxBytes) pieces.push(piece);
      else {
        body.cancel(new Error(`longer than ${maxBytes} bytes`));
        resolve(undefined);
      }
      return true;
    },
    end: (trailers) => resolve(new HeldBody(Buffer.concat(pieces), trailers)),
    fail: reject,
  });
  return promise;
}
