import { LoomError } from '../errors.ts';
import { lendTo, type BodySink, type BodySource } from '../http/body.ts';
import type { HeaderList } from '../http/headers.ts';
import type { Outgoing, Receiver } from './request.ts';

/** The body of a request on its way into a connection: counted, and held to its limit. */
export class RequestFeed implements BodySink {
  readonly #outgoing: Outgoing;
  readonly #maxBytes: number;
  readonly #to: BodySink;
  readonly #receiver: Receiver;
  #source: BodySource | undefined;

  /** `maxBytes` 0: no limit. */
  constructor(outgoing: Outgoing, maxBytes: number, to: BodySink, receiver: Receiver) {
    this.#outgoing = outgoing;
    this.#maxBytes = maxBytes;
    this.#to = to;
    this.#receiver = receiver;
  }

  start(source: BodySource): void {
    this.#source = source;
    source.start(this);
  }

  /** The connection takes more. */
  resume(): void {
    this.#source?.resume();
  }

  /** Nobody wants the rest. */
  stop(reason: Error): void {
    const source = this.#source;
    this.#source = undefined;
    source?.cancel(reason);
  }

  data(piece: Buffer): boolean {
    return this.#admits(piece) ? this.#to.data(piece) : true;
  }

  lend(bytes: Buffer): boolean {
    return this.#admits(bytes) ? lendTo(this.#to, bytes) : true;
  }

  end(trailers?: HeaderList): void {
    if (!this.#source) return;
    this.#source = undefined;
    this.#to.end(trailers);
  }

  fail(error: Error): void {
    if (!this.#source) return;
    this.#source = undefined;
    this.#receiver.failed(
      error instanceof LoomError ? error : new LoomError('client-abort', error.message, error),
    );
  }

  /** Counts it. */
  #admits(piece: Buffer): boolean {
    if (!this.#source) return false;
    const outgoing = this.#outgoing;
    outgoing.requestBytes += piece.length;
    if (this.#maxBytes > 0 && outgoing.requestBytes > this.#maxBytes) {
      this.#receiver.failed(new LoomError('body-too-large'));
      return false;
    }
    return true;
  }
}
