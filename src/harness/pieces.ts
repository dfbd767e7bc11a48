import type { BodySink, BodySource } from '../http/body.ts';
import type { HeaderList } from '../http/headers.ts';

/** A body out of memory, a piece at a time; waits for a reader that asks for a pause. */
export class Pieces implements BodySource {
  readonly length: number | undefined;
  readonly #pieces: Buffer[];
  readonly #trailers: HeaderList | undefined;
  #sink: BodySink | undefined;
  #giving = false;
  #paused = false;

  constructor(pieces: readonly Buffer[], trailers?: HeaderList) {
    const [only] = pieces;
    this.length = pieces.length === 1 && !trailers ? only?.length : undefined;
    this.#pieces = [...pieces];
    this.#trailers = trailers;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.#give();
  }

  resume(): void {
    this.#paused = false;
    this.#give();
  }

  cancel(): void {
    this.#sink = undefined;
    this.#pieces.length = 0;
  }

  /** One piece for each turn of the event loop, as from a socket: who reads may pause, answer or go away in between. */
  #give(): void {
    if (this.#giving || this.#paused || !this.#sink) return;
    this.#giving = true;
    setImmediate(() => {
      this.#giving = false;
      const sink = this.#sink;
      if (!sink) return;
      const piece = this.#pieces.shift();
      if (!piece) {
        this.#sink = undefined;
        return sink.end(this.#trailers);
      }
      this.#paused = !sink.data(piece);
      this.#give();
    });
  }
}

export interface Collected {
  readonly body: Buffer;
  readonly trailers: HeaderList | undefined;
}

/** Reads a body to its end. Rejects as the body fails. */
export function collect(source: BodySource | Buffer | undefined): Promise<Collected> {
  if (source === undefined || Buffer.isBuffer(source)) {
    return Promise.resolve({ body: source ?? Buffer.alloc(0), trailers: undefined });
  }
  const { promise, resolve, reject } = Promise.withResolvers<Collected>();
  const pieces: Buffer[] = [];
  source.start({
    data: (piece) => pieces.push(piece) > 0,
    end: (trailers) => resolve({ body: Buffer.concat(pieces), trailers }),
    fail: reject,
  });
  return promise;
}
