import { constants, type ServerHttp2Stream } from 'node:http2';
import { LoomError } from '../../errors.ts';
import type { BodySource } from '../body.ts';
import type { ResponseHead, Wire } from '../exchange.ts';
import type { HeaderList } from '../headers.ts';
import { streamFields } from '../stream-fields.ts';
import { objectOf } from './field-object.ts';
import { frameAllowance } from './flood-guard.ts';
import type { StreamBody } from './stream-body.ts';

/** How one request is answered on its HTTP/2 stream (RFC 9113 section 8.1). */
export class Http2Wire implements Wire {
  readonly version = '2';
  /** All of the response has been handed over. */
  isSent = false;
  /** `performance.now()` when the stream was given up from this side; Infinity: it was not. */
  givenUpAt = Infinity;
  /** What the client may send in return for what it got, in bytes of windows and acknowledgements. */
  returns = 0;
  readonly #stream: ServerHttp2Stream;
  readonly #head: boolean;
  readonly #requestBody: StreamBody | undefined;
  #source: BodySource | undefined;
  #done: ((error?: Error) => void) | undefined;
  #failure: Error | undefined;
  #trailers: HeaderList | undefined;
  /** `performance.now()` since when the client takes nothing; Infinity while it does. */
  stalledSince = Infinity;

  constructor(stream: ServerHttp2Stream, method: string, requestBody: StreamBody | undefined) {
    this.#stream = stream;
    this.#head = method === 'HEAD';
    this.#requestBody = requestBody;
  }

  respond(head: ResponseHead, body: BodySource | Buffer | undefined, done: (error?: Error) => void): void {
    const stream = this.#stream;
    this.#done = done;
    const none = this.#head || head.status === 204 || head.status === 304 || body === undefined;
    if (stream.destroyed || stream.closed) {
      cancel(body, new LoomError('client-abort'));
      return this.closed(new LoomError('client-abort'));
    }
    try {
      const streams = !none && !Buffer.isBuffer(body);
      stream.respond(streamFields(head), { endStream: none, waitForTrailers: streams });
    } catch (error) {
      cancel(body, error as Error);
      return this.reset(new LoomError('internal', (error as Error).message, error));
    }
    if (none || body === undefined) {
      cancel(body, new LoomError('internal', 'a response without a body'));
      this.#sent();
    } else if (Buffer.isBuffer(body)) {
      this.#last(body.length);
      stream.end(body, () => this.#sent());
    } else this.#pour(body);
  }

  inform({ status, headers }: ResponseHead): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.headersSent) return;
    stream.additionalHeaders(Object.assign({ ':status': status }, objectOf(headers)));
  }

  reset(reason: Error): void {
    this.#failure = reason;
    this.givenUpAt = Math.min(this.givenUpAt, performance.now());
    this.#source?.cancel(reason);
    this.#source = undefined;
    const code = reason instanceof LoomError ? reason.resetCode : undefined;
    this.#stream.close(code ?? constants.NGHTTP2_INTERNAL_ERROR);
    if (!this.#done) return;
    this.closed(reason);
  }

  /** The stream is no more. */
  closed(error: Error): void {
    const source = this.#source;
    this.#source = undefined;
    source?.cancel(this.#failure ?? error);
    const done = this.#done;
    this.#done = undefined;
    done?.(this.#failure ?? error);
  }

  #pour(body: BodySource): void {
    const stream = this.#stream;
    this.#source = body;
    stream.on('drain', () => {
      this.stalledSince = Infinity;
      this.#source?.resume();
    });
    stream.on('wantTrailers', () => {
      // node:http2 ends a stream before it resets it: without this a response that is cut would look complete.
      if (!stream.closed) stream.sendTrailers(objectOf(this.#trailers));
    });
    body.start({
      data: (piece) => {
        this.returns += frameAllowance + (piece.length >> 3);
        const wants = stream.write(piece);
        if (!wants) this.stalledSince = performance.now();
        return wants;
      },
      end: (trailers) => {
        this.#source = undefined;
        this.#trailers = trailers;
        this.#last(stream.writableLength);
        stream.end(() => this.#sent());
      },
      fail: (error) => {
        this.#source = undefined;
        this.reset(error);
      },
    });
  }

  /** From here on nothing tells that the client takes any of these bytes: it must take a thousand a second. */
  #last(bytes: number): void {
    this.returns += frameAllowance + (bytes >> 3);
    this.stalledSince = Math.min(this.stalledSince, performance.now() + bytes);
  }

  #sent(): void {
    this.isSent = true;
    this.stalledSince = Infinity;
    const done = this.#done;
    this.#done = undefined;
    // Not at once: nghttp2 would throw away a head that it has not written yet, and the client see no answer at all.
    if (this.#requestBody && !this.#stream.readableEnded) setImmediate(() => this.#forgoRest());
    done?.();
  }

  /** An answer that did not need the rest of the request says so (RFC 9113 section 8.1). */
  #forgoRest(): void {
    const stream = this.#stream;
    if (!stream.readableEnded && !stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
  }
}

function cancel(body: BodySource | Buffer | undefined, reason: Error): void {
  if (body && !Buffer.isBuffer(body)) body.cancel(reason);
}
