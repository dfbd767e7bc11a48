import type { Http2Stream } from 'node:http2';
import { LoomError } from '../../errors.ts';
import type { BodySink, BodySource } from '../body.ts';
import { HeaderList } from '../headers.ts';
import { frameAllowance } from './flood-guard.ts';

/** What arrives on an HTTP/2 stream: a body that is read with the flow control of its stream (RFC 9113 section 5.2). */
export class StreamBody implements BodySource {
  readonly length: number | undefined;
  /** All of it has been told, or its failure, or nobody wants it. */
  over = false;
  /** `performance.now()` of the last piece; Infinity while the reader makes the sender wait. */
  waitingSince = Infinity;
  /** Bytes that have come for it, with what their frames may cost besides. */
  received = 0;
  readonly #stream: Http2Stream;
  #sink: BodySink | undefined;
  #trailers: HeaderList | undefined;
  #failure: LoomError | undefined;

  constructor(stream: Http2Stream, length: number | undefined) {
    this.#stream = stream;
    this.length = length;
    stream.on('trailers', (_fields: object, _flags: number, raw: string[]) => {
      const trailers = HeaderList.fromRaw(raw.map(String));
      for (const text of trailers.flat) this.received += text.length + 5;
      this.#trailers = trailers;
    });
  }

  /** Nobody reads, or the reader makes the sender wait. */
  get blocked(): boolean {
    return this.waitingSince === Infinity;
  }

  start(sink: BodySink): void {
    if (this.#failure) return sink.fail(this.#failure);
    if (this.over) return;
    this.#sink = sink;
    const stream = this.#stream;
    this.waitingSince = performance.now();
    stream.on('data', (piece: Buffer) => {
      this.received += piece.length + frameAllowance;
      if (this.over) return;
      this.waitingSince = performance.now();
      if (sink.data(piece)) return;
      this.waitingSince = Infinity;
      stream.pause();
    });
    stream.on('end', () => {
      // A reset and a lost connection end the stream for node:http2 too; 'close' says what it was.
      if (this.over || stream.destroyed || stream.rstCode) return;
      this.#end();
      sink.end(this.#trailers && this.#trailers.size > 0 ? this.#trailers : undefined);
    });
  }

  resume(): void {
    if (this.over) return;
    this.waitingSince = performance.now();
    this.#stream.resume();
  }

  /** The rest is thrown away; the wire resets the stream when the response is complete. */
  cancel(): void {
    if (this.over) return;
    this.#end();
    if (!this.#sink)
      this.#stream.on('data', (piece: Buffer) => (this.received += piece.length + frameAllowance));
    this.#stream.resume();
  }

  /** Ends it in an error, now or when somebody starts to read. */
  fail(error: LoomError): void {
    if (this.over) return;
    this.#end();
    if (this.#sink) this.#sink.fail(error);
    else this.#failure = error;
  }

  #end(): void {
    this.over = true;
    this.waitingSince = Infinity;
  }
}
