import { LoomError } from '../../errors.ts';
import type { BodySink, BodySource } from '../body.ts';
import { HeaderList } from '../headers.ts';
import { h3Codes } from './codes.ts';
import type { Http3Stream } from './engine.ts';

/** The body of a request of HTTP/3: read with the flow control of its stream (RFC 9000 section 4). */
export class RequestBody implements BodySource {
  readonly length: number | undefined;
  /** All of it has been told, or its failure, or nobody wants it. */
  over = false;
  /** `performance.now()` of the last piece; Infinity while the reader makes the sender wait. */
  waitingSince = Infinity;
  /** The client has sent all of it. */
  isComplete = false;
  readonly #stream: Http3Stream;
  #sink: BodySink | undefined;
  /** What came before anybody read. */
  #held: Buffer | undefined;
  #isPaused = true;
  #trailers: HeaderList | undefined;
  #failure: LoomError | undefined;

  constructor(stream: Http3Stream, length: number | undefined) {
    this.#stream = stream;
    this.length = length;
  }

  start(sink: BodySink): void {
    if (this.#failure) return sink.fail(this.#failure);
    if (this.over) return;
    this.#sink = sink;
    this.resume();
  }

  resume(): void {
    if (this.over) return;
    this.#isPaused = false;
    this.waitingSince = performance.now();
    const held = this.#held;
    this.#held = undefined;
    if (held && !this.#tell(held)) return;
    if (this.isComplete) this.#finish();
    else this.#stream.resume();
  }

  /** The rest is not wanted. */
  cancel(): void {
    if (this.over) return;
    this.#end();
    if (!this.isComplete) this.#stream.stop(h3Codes.noError);
  }

  /** The answer is whole and did not need the rest: the client hears so (RFC 9114 section 4.1.1), and who still reads, as in a tunnel. */
  forgo(): void {
    if (this.over || this.isComplete) return;
    this.#stream.stop(h3Codes.noError);
    this.fail(new LoomError('client-abort', 'the answer was whole before the request'));
  }

  /** Of the stream. @returns false to ask for a pause */
  data(piece: Buffer): boolean {
    if (this.over) return true;
    if (!this.#isPaused) return this.#tell(piece);
    this.#held = this.#held ? Buffer.concat([this.#held, piece]) : piece;
    return false;
  }

  /** Of the stream. */
  ended(trailers: readonly string[] | undefined): void {
    this.isComplete = true;
    if (trailers && trailers.length > 0) this.#trailers = new HeaderList([...trailers]);
    if (!this.#isPaused) this.#finish();
  }

  /** Ends it in an error, now or when somebody starts to read. */
  fail(error: LoomError): void {
    if (this.over) return;
    this.#end();
    if (this.#sink) this.#sink.fail(error);
    else this.#failure = error;
  }

  #tell(piece: Buffer): boolean {
    this.waitingSince = performance.now();
    if (this.#sink?.data(piece) !== false) return !this.over;
    this.#isPaused = true;
    this.waitingSince = Infinity;
    return false;
  }

  #finish(): void {
    if (this.over) return;
    this.#end();
    this.#sink?.end(this.#trailers);
  }

  #end(): void {
    this.over = true;
    this.waitingSince = Infinity;
    this.#held = undefined;
  }
}
