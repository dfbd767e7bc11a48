import type { HeaderList } from './headers.ts';

/**
 * A message body on its way through Loom. The reader calls `start` once; pieces then arrive in order until exactly one of
 * `end` and `fail`. When `data` returns false the source stops until `resume` is called: at most one piece is in flight
 * for each hop, so memory stays bounded whatever the speeds of the two sides.
 */
export interface BodySource {
  /** Bytes to come when the head told it (Content-Length), undefined when it did not. */
  readonly length: number | undefined;
  start(sink: BodySink): void;
  resume(): void;
  /** The reader wants no more. The source ends its side (closes, drains or resets as its protocol asks) and calls nothing again. */
  cancel(reason: Error): void;
}

export interface BodySink {
  /** Returns false to ask for a pause. The chunk is not reused by the source. */
  data(chunk: Buffer): boolean;
  /** `data` with bytes that are overwritten once it has returned, for sinks that need no copy of all of them. */
  lend?(bytes: Buffer): boolean;
  end(trailers?: HeaderList): void;
  fail(error: Error): void;
}

/** Tells a sink bytes that are overwritten afterwards. */
export const lendTo = (sink: BodySink, bytes: Buffer): boolean =>
  sink.lend ? sink.lend(bytes) : sink.data(Buffer.from(bytes));
