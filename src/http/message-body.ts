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
    const message = this.#message;
    if (message.headers.expect !== undefined) this.#response.writeContinue();
    const fail = (error: LoomError): void => {
      if (this.#end()) sink.fail(error);
    };
    if (this.#idleMs > 0) {
      this.#timer = setTimeout(
        () => fail(new LoomError('request-timeout', 'silence in the body')),
        this.#idleMs,
      );
    }
    message.on('data', (chunk: Buffer) => {
      if (this.#over) return;
      this.#timer?.refresh();
      if (sink.data(chunk)) return;
      message.pause();
      clearTimeout(this.#timer);
    });
    message.on('end', () => {
      if (!this.#end()) return;
      const { rawTrailers } = message;
      sink.end(rawTrailers.length > 0 ? HeaderList.fromRaw(rawTrailers) : undefined);
    });
    message.on('error', (error) => fail(new LoomError('client-abort', error.message)));
    message.on('close', () => fail(new LoomError('client-abort')));
  }

  resume(): void {
    if (this.#over) return;
    this.#timer?.refresh();
    this.#message.resume();
  }

  /** The rest is read and thrown away when it is short, so that the connection stays usable; node closes it otherwise. */
  cancel(): void {
    this.#end();
    this.#message.resume();
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timer);
    return true;
  }
}
