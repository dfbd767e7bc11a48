import type { ServerResponse } from 'node:http';
import { LoomError } from '../errors.ts';
import type { BodySource } from './body.ts';
import type { ResponseHead, Wire } from './exchange.ts';

/** HTTP/1.x downstream over node:http. */
export class Http1Wire implements Wire {
  readonly version: string;
  /** The client went away before the response was complete. */
  onAbort: ((reason: Error) => void) | undefined;
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
    if (this.#closes()) headers.set('connection', 'close');
    response.writeHead(status, headers.flat);
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
        if (trailers) response.addTrailers(pairs(trailers.flat));
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
  }
}

function pairs(flat: readonly string[]): [string, string][] {
  const list: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) list.push([flat[i] as string, flat[i + 1] as string]);
  return list;
}
