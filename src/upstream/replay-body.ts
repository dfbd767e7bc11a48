import type { BodySink, BodySource } from '../http/body.ts';
import type { HeaderList } from '../http/headers.ts';

/**
 * A request body that several tries can read one after the other: what has come is kept until there is a response, as long as it
 * is no more than the limit. A try that fails lets go of it; the source behind it ends with `release` only.
 */
export class ReplayBody implements BodySource, BodySink {
  readonly #source: BodySource;
  readonly #limit: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** All that has come is here. */
  #whole = true;
  /** The first piece that the reader has not got. */
  #next = 0;
  #sink: BodySink | undefined;
  #started = false;
  #ended = false;
  #trailers: HeaderList | undefined;
  #failure: Error | undefined;
  #released = false;

  /** `limit` in bytes. */
  constructor(source: BodySource, limit: number) {
    this.#source = source;
    this.#limit = limit;
  }

  get length(): number | undefined {
    return this.#source.length;
  }

  /** It can be read again from its beginning. */
  get canReplay(): boolean {
    return this.#whole && !this.#failure;
  }

  /** There will be no other try. `reason`: nobody wants the rest of it either. */
  release(reason?: Error): void {
    this.#released = true;
    this.#forget();
    if (!reason) return;
    this.#sink = undefined;
    this.#stop(reason);
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.#next = 0;
    if (this.#failure) return this.fail(this.#failure);
    if (!this.#started) {
      this.#started = true;
      this.#source.start(this);
    } else this.#pour();
  }

  resume(): void {
    this.#pour();
  }

  /** A try lets go of it. */
  cancel(reason: Error): void {
    this.#sink = undefined;
    if (this.#released || !this.#whole) this.#stop(reason);
  }

  data(piece: Buffer): boolean {
    const sink = this.#sink;
    const isBehind = this.#next < this.#pieces.length;
    if (!isBehind && sink && (this.#released || !this.#whole)) return sink.data(piece);
    this.#bytes += piece.length;
    this.#pieces.push(piece);
    // Between two tries at most one piece more comes.
    if (!sink || isBehind) return false;
    this.#next = this.#pieces.length;
    if (this.#bytes > this.#limit) this.#forget();
    return sink.data(piece);
  }

  end(trailers?: HeaderList): void {
    this.#ended = true;
    this.#trailers = trailers;
    if (this.#next >= this.#pieces.length) this.#sink?.end(trailers);
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#sink?.fail(error);
  }

  #pour(): void {
    while (this.#next < this.#pieces.length) {
      if (!this.#sink?.data(this.#pieces[this.#next++] as Buffer)) return;
    }
    if (this.#released || this.#bytes > this.#limit) this.#forget();
    if (this.#ended) this.#sink?.end(this.#trailers);
    else this.#source.resume();
  }

  #stop(reason: Error): void {
    if (this.#ended || this.#failure) return;
    this.#failure = reason;
    this.#source.cancel(reason);
  }

  /** Unless the reader still lacks a part of it. */
  #forget(): void {
    if (this.#next < this.#pieces.length) return;
    this.#whole = false;
    this.#pieces = [];
    this.#next = 0;
  }
}
