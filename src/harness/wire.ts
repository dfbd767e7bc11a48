import type { BodySource } from '../http/body.ts';
import type { Exchange, ResponseHead, Wire } from '../http/exchange.ts';
import { requestIdHeader } from '../http/request-id.ts';
import type { HeaderList } from '../http/headers.ts';
import { collect, type Collected } from './pieces.ts';

/** A message as it arrived. */
export interface Arrived<Head> extends Collected {
  readonly head: Head;
}

/** The client's side of an exchange in memory. */
export class ClientWire implements Wire {
  readonly version = '1.1';
  /** undefined until the response is complete, and when it never was. */
  response: Arrived<ResponseHead> | undefined;
  /** Set when the stream was cut. */
  failure: Error | undefined;
  exchange: Exchange | undefined;
  #source: BodySource | undefined;
  #done: ((error?: Error) => void) | undefined;

  respond(head: ResponseHead, body: BodySource | Buffer | undefined, done: (error?: Error) => void): void {
    if (this.failure) return done(this.failure);
    this.#done = done;
    if (body && !Buffer.isBuffer(body)) this.#source = body;
    collect(body).then(
      ({ body: bytes, trailers }) => {
        this.response = {
          head: { ...head, headers: withoutId(head.headers, this.exchange) },
          body: bytes,
          trailers,
        };
        this.#end();
      },
      (error: Error) => this.reset(error),
    );
  }

  reset(reason: Error): void {
    if (this.failure) return;
    this.failure = reason;
    this.#source?.cancel(reason);
    this.#end(reason);
  }

  #end(error?: Error): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(error);
  }
}

/** The gateway marks every response; that differs from run to run and is no plugin's doing. */
function withoutId(headers: HeaderList, exchange: Exchange | undefined): HeaderList {
  const copy = headers.copy();
  if (exchange && copy.get(requestIdHeader) === exchange.id) copy.delete(requestIdHeader);
  return copy;
}
