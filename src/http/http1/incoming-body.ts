import { LoomError, type ErrorCode } from '../../errors.ts';
import { lendTo, type BodySink, type BodySource } from '../body.ts';
import type { HeaderList } from '../headers.ts';
import { ChunkReader, found } from './chunks.ts';
import { Fields } from './fields.ts';

/** How the end of a body is known (RFC 9112 section 6.3): so many bytes, `chunked`, or `close` with the connection. */
export type Framing = number | 'chunked' | 'close';

/** What the connection of a body does for it. */
export interface BodyOwner {
  /** The reader takes more now: bytes that wait are to be fed, and the socket read. */
  wants(body: IncomingBody): void;
  /** The reader wants no more; the bytes to come are thrown away. */
  cancelled(body: IncomingBody, reason: Error): void;
}

/** Trailers may not say what a head says about the client or the content (RFC 9110 section 6.5.1). */
const notInTrailers = [
  'authorization',
  'content-encoding',
  'content-range',
  'content-type',
  'cookie',
  'set-cookie',
  'trailer',
];

/** The body of a message that arrives on a connection: fed by the connection, read by whoever starts it. */
export class IncomingBody implements BodySource {
  readonly length: number | undefined;
  /** No bytes are taken now: nobody has started to read, or the reader asked for a pause. */
  blocked = true;
  /** All of it has been told, or its failure. */
  over = false;
  /** Bytes of it that have arrived. */
  received = 0;
  /** Why it has ended before its end. */
  failure: LoomError | undefined;
  readonly #owner: BodyOwner;
  readonly #malformed: ErrorCode;
  /** Of a body with a length; Infinity when the connection ends it. */
  #left: number;
  readonly #chunks: ChunkReader | undefined;
  #sink: BodySink | undefined;
  #resumed = false;

  /** `malformed`: what bytes that are no body mean for the exchange. */
  constructor(framing: Framing, malformed: ErrorCode, owner: BodyOwner) {
    this.#owner = owner;
    this.#malformed = malformed;
    this.length = typeof framing === 'number' ? framing : undefined;
    this.#left = typeof framing === 'number' ? framing : Infinity;
    this.#chunks = framing === 'chunked' ? new ChunkReader() : undefined;
  }

  /** Bytes that are still to come, Infinity when nobody knows. */
  get left(): number {
    return this.over ? 0 : this.#left;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    if (this.failure) sink.fail(this.failure);
    if (this.over) return;
    this.blocked = false;
    this.#owner.wants(this);
  }

  resume(): void {
    this.#resumed = true;
    if (!this.blocked || this.over || !this.#sink) return;
    this.blocked = false;
    this.#owner.wants(this);
  }

  cancel(reason: Error): void {
    if (this.over) return;
    this.#sink = undefined;
    this.blocked = false;
    this.#owner.cancelled(this, reason);
  }

  /** Ends it in an error, now or when somebody starts to read. */
  fail(error: LoomError): void {
    if (this.over) return;
    this.over = true;
    this.failure = error;
    this.#sink?.fail(error);
  }

  /** The other side has closed its direction: the end of a body that ends with the connection. */
  close(): boolean {
    if (this.over || this.#chunks || this.#left !== Infinity) return false;
    this.#end(undefined);
    return true;
  }

  /** Takes bytes from `at` on. @returns where it stopped: the bytes behind it are not of this body, or wait while `blocked`. */
  feed(bytes: Buffer, at: number, shared: boolean): number {
    let from = at;
    while (!this.blocked && !this.over) {
      if (this.#chunks) {
        const before = from;
        from = this.#feedChunk(this.#chunks, bytes, from, shared);
        if (from === before && !this.over) return from;
        if (from === bytes.length && !this.over && !this.blocked) return from;
      } else if (this.#left === 0) {
        this.#end(undefined);
      } else if (from === bytes.length) {
        return from;
      } else {
        const to = Math.min(bytes.length, from + this.#left);
        this.#left -= to - from;
        this.#give(bytes.subarray(from, to), shared);
        from = to;
      }
    }
    return from;
  }

  #feedChunk(chunks: ChunkReader, bytes: Buffer, from: number, shared: boolean): number {
    chunks.at = from;
    switch (chunks.step(bytes)) {
      case found.data:
        this.#give(bytes.subarray(chunks.from, chunks.to), shared);
        break;
      case found.end:
        this.#end(this.#readTrailers(chunks.trailers));
        break;
      case found.malformed:
        this.fail(new LoomError(this.#malformed, 'malformed chunk'));
        break;
      case found.nothing:
    }
    return chunks.at;
  }

  /** `shared`: the bytes are a buffer that is read into again, and the reader may keep what it gets. */
  #give(piece: Buffer, shared: boolean): void {
    this.received += piece.length;
    if (!this.#sink) return;
    this.#resumed = false;
    const wants = shared ? lendTo(this.#sink, piece) : this.#sink.data(piece);
    this.blocked = !wants && !this.#resumed;
  }

  #readTrailers(section: Buffer | undefined): HeaderList | undefined {
    if (!section || section.length === 2) return undefined;
    const fields = new Fields();
    fields.read(section, section.latin1Slice(), 0);
    // Whoever merges trailers into the head would take these for another end of the message, or for another host.
    if (fields.chunked || fields.contentLength !== -1 || fields.host !== undefined || fields.close)
      fields.refuse('framing, routing or the connection');
    if (fields.problem !== undefined) {
      this.fail(new LoomError(this.#malformed, `trailers: ${fields.problem}`));
      return undefined;
    }
    fields.list.deleteAny(notInTrailers);
    return fields.list.size > 0 ? fields.list : undefined;
  }

  #end(trailers: HeaderList | undefined): void {
    if (this.over) return;
    this.over = true;
    this.#sink?.end(trailers);
  }
}
