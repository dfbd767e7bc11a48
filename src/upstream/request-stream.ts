import { Readable } from 'node:stream';
import { LoomError } from '../errors.ts';
import type { BodySource } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';

/** A request body as the stream that undici reads. Nothing is read before undici asks: until then another try can take over. */
export class RequestStream extends Readable {
  readonly #source: BodySource;
  readonly #exchange: Exchange;
  readonly #maxBytes: number;
  #started = false;
  #bytes = 0;

  /** `maxBytes` 0: no limit. */
  constructor(source: BodySource, exchange: Exchange, maxBytes: number) {
    super();
    this.#source = source;
    this.#exchange = exchange;
    this.#maxBytes = maxBytes;
  }

  get started(): boolean {
    return this.#started;
  }

  override _read(): void {
    if (this.#started) {
      this.#source.resume();
      return;
    }
    this.#started = true;
    this.#source.start({
      data: (chunk) => this.#take(chunk),
      // Trailers of requests wait for an upstream side that can send them.
      end: () => this.push(null),
      fail: (error) => this.destroy(error),
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.#started && !this.readableEnded) this.#source.cancel(error ?? new LoomError('upstream-reset'));
    done(error);
  }

  #take(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    this.#exchange.requestBytes = this.#bytes;
    if (this.#maxBytes > 0 && this.#bytes > this.#maxBytes) {
      this.destroy(new LoomError('body-too-large'));
      return false;
    }
    return this.push(chunk);
  }
}
