import type { Transform } from 'node:stream';
import type { BodySink, BodySource } from '../../http/body.ts';
import type { HeaderList } from '../../http/headers.ts';

/** A body on its way through a transform, no more than a piece ahead of its reader. */
export class TransformedBody implements BodySource, BodySink {
  readonly length = undefined;
  readonly #source: BodySource;
  readonly #transform: Transform;
  #sink: BodySink | undefined;
  #trailers: HeaderList | undefined;

  constructor(source: BodySource, transform: Transform) {
    this.#source = source;
    this.#transform = transform;
    this.#transform.on('drain', () => this.#source.resume());
    this.#transform.on('error', (error) => this.#end(this.failureOf(error)));
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.#transform.on('data', (piece: Buffer) => {
      const problem = this.admits(piece);
      if (problem) this.#end(problem);
      else if (this.#sink?.data(piece) === false) this.#transform.pause();
    });
    this.#transform.on('end', () => {
      this.#sink?.end(this.#trailers);
      this.#sink = undefined;
    });
    this.#source.start(this);
  }

  resume(): void {
    this.#transform.resume();
  }

  cancel(reason: Error): void {
    this.#sink = undefined;
    this.#transform.destroy();
    this.#source.cancel(reason);
  }

  data(piece: Buffer): boolean {
    return this.#transform.write(piece);
  }

  end(trailers?: HeaderList): void {
    this.#trailers = trailers;
    this.#transform.end();
  }

  fail(error: Error): void {
    const sink = this.#sink;
    this.#sink = undefined;
    this.#transform.destroy();
    sink?.fail(error);
  }

  /** Asked of each piece that comes out: what ends the body instead. */
  protected admits(_piece: Buffer): Error | undefined {
    return undefined;
  }

  /** What the body fails with when its bytes cannot be transformed. */
  protected failureOf(error: Error): Error {
    return error;
  }

  #end(problem: Error): void {
    this.#source.cancel(problem);
    this.fail(problem);
  }
}
