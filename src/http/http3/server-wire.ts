import { LoomError } from '../../errors.ts';
import type { BodySource } from '../body.ts';
import type { ResponseHead, Wire } from '../exchange.ts';
import type { HeaderList } from '../headers.ts';
import { streamFields } from '../stream-fields.ts';
import { h3Codes } from './codes.ts';
import type { Http3Stream } from './engine.ts';
import type { RequestBody } from './request-body.ts';

/** How one request is answered on its HTTP/3 stream (RFC 9114 section 4.1). */
export class Http3Wire implements Wire {
  readonly version = '3';
  /** All of the response has been handed over. */
  isSent = false;
  /** The stream was given up from this side. */
  isGivenUp = false;
  /** `performance.now()` since when the client takes nothing; Infinity while it does. */
  stalledSince = Infinity;
  readonly #stream: Http3Stream;
  readonly #isHead: boolean;
  readonly #requestBody: RequestBody | undefined;
  #source: BodySource | undefined;
  #done: ((error?: Error) => void) | undefined;
  #isOpen = true;
  #hasHead = false;
  #isEnded = false;

  constructor(stream: Http3Stream, method: string, requestBody: RequestBody | undefined) {
    this.#stream = stream;
    this.#isHead = method === 'HEAD';
    this.#requestBody = requestBody;
  }

  respond(head: ResponseHead, body: BodySource | Buffer | undefined, done: (error?: Error) => void): void {
    const isNone = this.#isHead || head.status === 204 || head.status === 304 || body === undefined;
    this.#done = done;
    if (!this.#isOpen) {
      cancel(body, new LoomError('client-abort'));
      return this.closed(new LoomError('client-abort'));
    }
    this.#hasHead = true;
    this.#stream.sendHead(streamFields(head), isNone);
    if (isNone) {
      cancel(body, new LoomError('internal', 'a response without a body'));
      this.#ended();
    } else if (Buffer.isBuffer(body)) {
      this.#stream.sendData(body);
      this.#end(undefined);
    } else this.#pour(body);
  }

  inform({ status, headers }: ResponseHead): void {
    if (!this.#isOpen || this.#hasHead) return;
    this.#stream.sendHead([':status', String(status), ...headers.flat], false);
  }

  reset(reason: Error): void {
    this.isGivenUp = true;
    const code =
      reason instanceof LoomError && reason.code === 'client-abort'
        ? h3Codes.requestCancelled
        : h3Codes.internalError;
    this.#stream.reset(code);
    this.#requestBody?.cancel();
    this.closed(reason);
  }

  /** The stream can take no more. */
  closed(error: Error): void {
    this.#isOpen = false;
    const source = this.#source;
    this.#source = undefined;
    source?.cancel(error);
    const done = this.#done;
    this.#done = undefined;
    done?.(error);
  }

  /** The client has taken what waited. */
  drained(): void {
    this.stalledSince = Infinity;
    if (this.#isEnded && this.#stream.isSent) this.#sent();
    else this.#source?.resume();
  }

  #pour(body: BodySource): void {
    const stream = this.#stream;
    this.#source = body;
    body.start({
      data: (piece) => {
        const wants = stream.sendData(piece);
        if (!wants) this.stalledSince = performance.now();
        return wants;
      },
      end: (trailers) => {
        this.#source = undefined;
        this.#end(trailers);
      },
      fail: (error) => {
        this.#source = undefined;
        this.reset(error);
      },
    });
  }

  #end(trailers: HeaderList | undefined): void {
    this.#stream.end(trailers && trailers.size > 0 ? trailers.flat : undefined);
    this.#ended();
  }

  /** Nothing more is to be handed over; `drained` tells when it has left. The client must take a thousand bytes a second of it. */
  #ended(): void {
    this.#isEnded = true;
    this.stalledSince = performance.now() + this.#stream.unsentBytes;
  }

  #sent(): void {
    if (this.isSent) return;
    this.isSent = true;
    this.stalledSince = Infinity;
    const done = this.#done;
    this.#done = undefined;
    done?.();
    this.#requestBody?.forgo();
  }
}

function cancel(body: BodySource | Buffer | undefined, reason: Error): void {
  if (body && !Buffer.isBuffer(body)) body.cancel(reason);
}
