import { lendTo, type BodySink, type BodySource } from '../../http/body.ts';
import type { HeaderList } from '../../http/headers.ts';

/** A body on its way to the upstream, of which a copy is kept as long as it is small enough. Nobody waits for the copy. */
export class TeeBody implements BodySource, BodySink {
  readonly #source: BodySource;
  readonly #maxBytes: number;
  readonly #kept: Buffer[] = [];
  #bytes = 0;
  #done: ((copy: Buffer | undefined) => void) | undefined;
  #sink: BodySink | undefined;

  /** `done`: once, with the whole; undefined when it was too large, or did not come to its end. */
  constructor(source: BodySource, maxBytes: number, done: (copy: Buffer | undefined) => void) {
    this.#source = source;
    this.#maxBytes = maxBytes;
    this.#done = done;
  }

  get length(): number | undefined {
    return this.#source.length;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.#source.start(this);
  }

  resume(): void {
    this.#source.resume();
  }

  cancel(reason: Error): void {
    this.#settle(undefined);
    this.#source.cancel(reason);
  }

  data(piece: Buffer): boolean {
    this.#keep(piece, false);
    return this.#sink?.data(piece) ?? true;
  }

  lend(bytes: Buffer): boolean {
    this.#keep(bytes, true);
    return this.#sink ? lendTo(this.#sink, bytes) : true;
  }

  end(trailers?: HeaderList): void {
    this.#settle(Buffer.concat(this.#kept));
    this.#sink?.end(trailers);
  }

  fail(error: Error): void {
    this.#settle(undefined);
    this.#sink?.fail(error);
  }

  #keep(bytes: Buffer, isLent: boolean): void {
    if (!this.#done) return;
    this.#bytes += bytes.length;
    if (this.#bytes > this.#maxBytes) return this.#settle(undefined);
    this.#kept.push(isLent ? Buffer.from(bytes) : bytes);
  }

  #settle(copy: Buffer | undefined): void {
    const done = this.#done;
    this.#done = undefined;
    this.#kept.length = 0;
    done?.(copy);
  }
}
