import type { IncomingMessage, ServerResponse } from 'node:http';
import { LoomError } from '../errors.ts';
import type { BodySource } from './body.ts';
import type { ResponseHead, Wire } from './exchange.ts';

/** HTTP/1.x downstream over node:http. */
export class Http1Wire implements Wire {
  readonly version: string;
  /** The client went away before the response was complete. */
  onAbort: ((reason: Error) => void) | undefined;
  /** After the response, however it ended. */
  onClosed: (() => void) | undefined;
  readonly #response: ServerResponse;
  readonly #closes: () => boolean;
  #source: BodySource | undefined;
  #done: ((error?: Error) => void) | undefined;
  #failure: Error | undefined;

  /** `closes`: whether responses from now on should end their connection. */
  constructor(response: ServerResponse, version: string, closes: () => boolean) {
    this.#response = response;
    this.version = version;
    this.#closes = closes;
    response.on('close', () => this.#closed());
  }

  respond(
    { status, headers }: ResponseHead,
    body: BodySource | Buffer | undefined,
    done: (error?: Error) => void,
  ): void {
    const response = this.#response;
    this.#done = done;
    if (response.destroyed) return this.#closed();
    // What is left of a body must not be read without end after the answer.
    // And node:http forgets the bytes that came with an upgrade which nobody made.
    const { req: request } = response;
    if (this.#closes() || request.headers.upgrade !== undefined || !isNearlyRead(request))
      headers.set('connection', 'close');
    try {
      response.writeHead(status, headers.flat);
    } catch (error) {
      // A plugin may have made what HTTP cannot carry. Not thrown: `done` is how this ends.
      if (body && !Buffer.isBuffer(body)) body.cancel(error as Error);
      return this.reset(new LoomError('internal', (error as Error).message, error));
    }
    if (body === undefined || Buffer.isBuffer(body)) {
      response.end(body);
      return;
    }
    this.#source = body;
    response.on('drain', () => body.resume());
    body.start({
      data: (chunk) => response.write(chunk),
      end: (trailers) => {
        this.#source = undefined;
        if (trailers && response.chunkedEncoding) response.addTrailers(pairs(trailers.flat));
        response.end();
      },
      fail: (error) => {
        this.#source = undefined;
        this.reset(error);
      },
    });
  }

  reset(reason: Error): void {
    this.#failure = reason;
    this.#response.destroy();
  }

  #closed(): void {
    const complete = this.#response.writableFinished;
    const error = complete ? undefined : (this.#failure ?? new LoomError('client-abort'));
    if (error) {
      this.#source?.cancel(error);
      this.onAbort?.(error);
    }
    const done = this.#done;
    this.#done = undefined;
    done?.(error);
    this.onClosed?.();
  }
}

/** Bytes of a request body that are worth reading to keep the connection. */
const maxRestBytes = 65_536;

/** Whether the request has arrived, or so little is missing that reading it is cheaper than a new connection. */
function isNearlyRead(request: IncomingMessage): boolean {
  if (request.complete) return true;
  const { 'content-length': length, 'transfer-encoding': encoding, expect } = request.headers;
  // Within the event of its head even a request without a body is not complete yet.
  if (length === undefined) return encoding === undefined;
  return length === '0' || (expect === undefined && Number(length) <= maxRestBytes);
}

function pairs(flat: readonly string[]): [string, string][] {
  const list: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) list.push([flat[i] as string, flat[i + 1] as string]);
  return list;
}
