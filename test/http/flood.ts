import type { BodySink, BodySource } from '../../src/http/body.ts';

/** Sends as long as its reader takes it, up to `total` bytes in pieces of 64 KiB. */
export class Flood implements BodySource {
  readonly length = undefined;
  readonly #total: number;
  sent = 0;
  cancelled: Error | undefined;
  #sink: BodySink | undefined;

  constructor(total: number) {
    this.#total = total;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.resume();
  }

  resume(): void {
    while (this.#sink && this.sent < this.#total) {
      this.sent += 65_536;
      if (!this.#sink.data(Buffer.alloc(65_536, 'x'))) return;
    }
    this.#sink?.end();
    this.#sink = undefined;
  }

  cancel(reason: Error): void {
    this.cancelled = reason;
    this.#sink = undefined;
  }
}
