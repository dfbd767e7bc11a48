import type { BodySink, BodySource } from '../../src/http/body.ts';
import { HeaderList } from '../../src/http/headers.ts';

/** A body that gives what a test tells it to give, and remembers what its reader asks for. */
export class Pieces implements BodySource {
  readonly length: number | undefined;
  paused = false;
  resumes = 0;
  cancelled: Error | undefined;
  #sink: BodySink | undefined;

  constructor(length?: number) {
    this.length = length;
  }

  get started(): boolean {
    return this.#sink !== undefined;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
  }

  resume(): void {
    this.paused = false;
    this.resumes++;
  }

  cancel(reason: Error): void {
    this.cancelled ??= reason;
  }

  give(...texts: string[]): this {
    for (const text of texts) this.paused = this.#sink?.data(Buffer.from(text)) === false;
    return this;
  }

  end(trailers: string[] = []): void {
    this.#sink?.end(trailers.length > 0 ? new HeaderList(trailers) : undefined);
  }

  fail(error: Error): void {
    this.#sink?.fail(error);
  }
}

/** Who reads a body: remembers each piece. */
export class Reader implements BodySink {
  readonly pieces: string[] = [];
  wants = true;
  ended = false;
  trailers: readonly string[] | undefined;
  failed: Error | undefined;

  get text(): string {
    return this.pieces.join('');
  }

  data(chunk: Buffer): boolean {
    this.pieces.push(chunk.toString());
    return this.wants;
  }

  end(trailers?: HeaderList): void {
    this.ended = true;
    this.trailers = trailers?.flat;
  }

  fail(error: Error): void {
    this.failed = error;
  }
}
