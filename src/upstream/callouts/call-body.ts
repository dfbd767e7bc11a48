import type { BodySink, BodySource } from '../../http/body.ts';
import type { HeaderList } from '../../http/headers.ts';

/** A request body that is there as a whole. May be started again, for another try. */
export class CallBody implements BodySource {
  /** Unknown where there are trailers: in HTTP/1.1 they need a body in chunks. */
  readonly length: number | undefined;
  readonly #bytes: Buffer | undefined;
  readonly #trailers: HeaderList | undefined;

  constructor(bytes: Buffer | undefined, trailers: HeaderList | undefined) {
    this.#bytes = bytes;
    this.#trailers = trailers;
    this.length = trailers ? undefined : (bytes?.length ?? 0);
  }

  start(sink: BodySink): void {
    if (this.#bytes) sink.data(this.#bytes);
    sink.end(this.#trailers);
  }

  resume(): void {
    // All of it has been given.
  }

  cancel(): void {
    // Nobody sends any more.
  }
}
