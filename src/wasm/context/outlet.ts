import type { BodySink } from '../../http/body.ts';

/** Where a body comes out of a plugin: at its reader, or, until there is one, in memory. */
export class Outlet {
  sink: BodySink | undefined;
  /** What came out before there was a reader. */
  bytes = 0;
  #full = false;
  #waiting: Buffer[] = [];

  /** Whether more may come: the reader wants it, or without one no more than `room` bytes wait. */
  wants(room: number): boolean {
    return this.sink ? !this.#full : this.bytes <= room;
  }

  data(chunk: Buffer): void {
    if (this.sink) {
      this.#full = !this.sink.data(chunk);
      return;
    }
    this.#waiting.push(chunk);
    this.bytes += chunk.length;
  }

  /** The reader comes, and gets what waits. */
  open(sink: BodySink): void {
    this.sink = sink;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const chunk of waiting) this.#full = !sink.data(chunk);
  }

  /** The reader wants more. */
  resume(): void {
    this.#full = false;
  }

  /** What waits, as one piece. */
  take(): Buffer {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting.length === 1 ? (waiting[0] as Buffer) : Buffer.concat(waiting);
  }
}
