import type { IncomingHttpHeaders } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import type { Dispatcher } from 'undici';
import { Lines } from './lines.ts';

/** What wants the lines of an answer as they come. What its methods throw ends the exchange, which rejects with that. */
export interface LineReader {
  /** The server has agreed to send them: its answer is a success. */
  opened(): void;
  line(text: string): void;
}

/** An answer without what its reader was given of it. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Empty for a success of which a reader has had the lines. */
  readonly text: string;
}

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/**
 * Sends one request and resolves when its answer has come whole. Rejects with undici's error when there is none, with the reason of
 * `signal`, or with what the reader has thrown; the connection is closed then.
 */
export function exchange(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
  reader?: LineReader,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    dispatcher.dispatch(options, new Exchange(resolve, reject, signal, reader));
  });
}

/**
 * On undici's own interface of handlers: the streams, signals and promises that its other functions lay around it were a quarter of
 * what a small request costs.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #signal: AbortSignal;
  readonly #reader: LineReader | undefined;
  readonly #lines: Lines | undefined;
  readonly #decoder = new StringDecoder('utf8');
  readonly #pieces: string[] = [];
  readonly #abort = (): void => this.#fail(this.#signal.reason);
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #isOver = false;

  constructor(
    resolve: (answer: Answer) => void,
    reject: (reason: unknown) => void,
    signal: AbortSignal,
    reader: LineReader | undefined,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    this.#reader = reader;
    this.#lines =
      reader &&
      new Lines((line) => {
        if (!this.#isOver) reader.line(line);
      });
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error('nobody waits for the answer any more'));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
    if (isSuccess(status)) this.#try(() => this.#reader?.opened());
  }

  onResponseData(_: Dispatcher.DispatchController, bytes: Buffer): void {
    this.#try(() => this.#take(this.#decoder.write(bytes)));
  }

  onResponseEnd(): void {
    this.#try(() => {
      this.#take(this.#decoder.end());
      if (isSuccess(this.#status)) this.#lines?.end();
      const answer = { status: this.#status, headers: this.#headers, text: this.#pieces.join('') };
      this.#end();
      this.#resolve(answer);
    });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  #take(text: string): void {
    if (this.#lines && isSuccess(this.#status)) this.#lines.push(text);
    else this.#pieces.push(text);
  }

  #try(step: () => void): void {
    if (this.#isOver) return;
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#end();
    this.#reject(error);
    this.#controller?.abort(error as Error);
  }

  #end(): void {
    this.#isOver = true;
    this.#signal.removeEventListener('abort', this.#abort);
  }
}
