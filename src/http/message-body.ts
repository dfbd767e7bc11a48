import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoomError } from '../errors.ts';
import type { BodySink, BodySource } from './body.ts';
import { HeaderList } from './headers.ts';

/** The body of a request from node:http. Asks for it only when somebody starts to read: then `100 Continue` is due. */
export class MessageBody implements BodySource {
  readonly length: number | undefined;
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #idleMs: number;
  #timer: NodeJS.Timeout | undefined;
  #sink: BodySink | undefined;
  #failure: LoomError | undefined;
  #over = false;

  /** `idleMs`: longest silence of the client while it is being read; 0 for none. */
  constructor(
    message: IncomingMessage,
    response: ServerResponse,
    length: number | undefined,
    idleMs: number,
  ) {
    this.#message = message;
    this.#response = response;
    this.length = length;
    this.#idleMs = idleMs;
  }

  start(sink: BodySink): void {
    if (this.#over) return;
    if (this.#failure) {
      this.#fail(this.#failure, sink);
      return;
    }
    this.#sink = sink;
    const message = this.#message;
    // RFC 9110 section 10.1.1; a client of HTTP/1.0 would take it for the response.
    if (message.headers.expect?.toLowerCase() === '100-continue' && message.httpVersion === '1.1')
      this.#response.writeContinue();
    this.#watch();
    message.on('data', (chunk: Buffer) => {
      if (this.#over) return;
      this.#timer?.refresh();
      if (sink.data(chunk)) return;
      message.pause();
      // The silence is ours from here on.
      clearTimeout(this.#timer);
      this.#timer = undefined;
    });
    message.on('end', () => {
      if (!this.#end()) return;
      const { rawTrailers } = message;
      sink.end(rawTrailers.length > 0 ? HeaderList.fromRaw(rawTrailers) : undefined);
    });
    message.on('error', (error) => this.#fail(new LoomError('client-abort', error.message)));
    message.on('close', () => this.#fail(new LoomError('client-abort')));
  }

  resume(): void {
    if (this.#over) return;
    this.#watch();
    this.#message.resume();
  }

  /** The rest is read and thrown away; the wire closes the connection when that is too much. */
  cancel(): void {
    this.#end();
    this.#message.resume();
  }

  /** Ends the body in an error whether it is being read or not. */
  malformed(error: LoomError): void {
    if (this.#sink) this.#fail(error);
    else this.#failure = error;
  }

  #watch(): void {
    if (this.#idleMs === 0) return;
    if (this.#timer) this.#timer.refresh();
    else this.#timer = setTimeout(() => this.#silent(), this.#idleMs);
  }

  #silent(): void {
    this.#fail(new LoomError('request-timeout', 'silence in the body'));
  }

  #fail(error: LoomError, sink: BodySink | undefined = this.#sink): void {
    if (this.#end()) sink?.fail(error);
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timer);
    return true;
  }
}
