import type { Stream, StreamListener } from '../../quic/streams/stream.ts';
import { h3Codes, Http3ConnectionError, Http3StreamError } from './codes.ts';
import type { Http3Stream, Http3StreamListener } from './engine.ts';
import { declaredLength, requestProblem, trailerProblem } from './field-rules.ts';
import { frame, frameHead, h3FrameTypes, isForbiddenInRequests, peekVarint } from './frames.ts';
import { decodeSection } from './qpack/decoder.ts';
import { encodeSection } from './qpack/encoder.ts';

export interface MessageStreamParts {
  readonly maxHeaderBytes: number;
  /** The head has come. */
  request(
    stream: QuicMessageStream,
    fields: readonly string[],
    isTooLarge: boolean,
    ended: boolean,
  ): Http3StreamListener;
  /** Ends the connection. */
  broken(error: unknown): void;
}

/** Pieces up to this size are sent with their frame head in one piece. */
const joinBelowBytes = 4096;

/** A request and its response as frames on a QUIC stream (RFC 9114 sections 4.1 and 7). */
export class QuicMessageStream implements Http3Stream, StreamListener {
  readonly #stream: Stream;
  readonly #parts: MessageStreamParts;
  #listener: Http3StreamListener | undefined;
  /** What was read of a frame that is not whole, and how much is needed to go on. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #need = 0;
  /** Bytes of the DATA frame, or of a frame of no known type, that are still to come. */
  #dataLeft = 0;
  #skipLeft = 0;
  #declared: number | undefined;
  #bodyBytes = 0;
  #trailers: readonly string[] | undefined;
  #isPaused = false;
  #isOver = false;
  /** The engine is inside `#pump`, whose caller may ask to go on. */
  #isPumping = false;

  constructor(stream: Stream, parts: MessageStreamParts) {
    this.#stream = stream;
    this.#parts = parts;
  }

  get id(): number {
    return this.#stream.id;
  }

  get unsentBytes(): number {
    return this.#stream.sending?.unsentBytes ?? 0;
  }

  get isSent(): boolean {
    return this.#stream.sending?.isSent ?? false;
  }

  sendHead(fields: readonly string[], end: boolean): void {
    this.#stream.sending?.write(frame(h3FrameTypes.headers, encodeSection(fields)));
    if (end) this.#stream.sending?.end();
  }

  sendData(bytes: Buffer): boolean {
    const { sending } = this.#stream;
    if (!sending || bytes.length === 0) return true;
    const head = frameHead(h3FrameTypes.data, bytes.length);
    if (bytes.length < joinBelowBytes) return sending.write(Buffer.concat([head, bytes]));
    sending.write(head);
    return sending.write(bytes);
  }

  end(trailers?: readonly string[]): void {
    if (trailers) this.#stream.sending?.write(frame(h3FrameTypes.headers, encodeSection(trailers)));
    this.#stream.sending?.end();
  }

  reset(code: number): void {
    this.#stream.sending?.reset(code);
  }

  stop(code: number): void {
    this.#isOver = true;
    this.#stream.receiving?.stop(code);
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isPumping) this.readable();
  }

  /** Of the QUIC stream. */
  readable(): void {
    if (this.#isOver || this.#isPaused || this.#isPumping) return;
    this.#isPumping = true;
    try {
      this.#pump();
    } catch (error) {
      if (error instanceof Http3StreamError) this.#malformed(error);
      else this.#parts.broken(error);
    } finally {
      this.#isPumping = false;
    }
  }

  stopped(code: number): void {
    this.#listener?.stopped(code);
  }

  drained(): void {
    this.#listener?.drained();
  }

  closed(): void {
    this.#isOver = true;
    this.#listener?.closed();
  }

  /** The client has given up what it sends. */
  peerReset(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#listener) this.#listener.reset(code);
    else this.reset(h3Codes.requestIncomplete);
  }

  #pump(): void {
    const { receiving } = this.#stream;
    if (!receiving) return;
    while (!this.#isPaused && !this.#isOver) {
      if (this.#heldBytes > 0 && this.#heldBytes >= this.#need) {
        const bytes = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
        this.#held = [];
        this.#heldBytes = 0;
        this.#parse(bytes);
        continue;
      }
      const piece = receiving.read();
      if (!piece) break;
      if (this.#heldBytes === 0) this.#parse(piece);
      else this.#hold(piece, this.#need);
    }
    if (!this.#isPaused && !this.#isOver && receiving.hasEnded) this.#end();
  }

  #hold(bytes: Buffer, need: number): void {
    this.#need = need;
    if (bytes.length === 0) return;
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  #parse(bytes: Buffer): void {
    let at = 0;
    this.#need = 0;
    while (at < bytes.length && !this.#isOver) {
      if (this.#skipLeft > 0) {
        const length = Math.min(this.#skipLeft, bytes.length - at);
        this.#skipLeft -= length;
        at += length;
      } else if (this.#dataLeft > 0) {
        const end = Math.min(at + this.#dataLeft, bytes.length);
        this.#dataLeft -= end - at;
        const isPaused = this.#data(bytes.subarray(at, end));
        at = end;
        if (isPaused) return this.#hold(bytes.subarray(at), 0);
      } else {
        const next = this.#frame(bytes, at);
        if (next < 0) return this.#hold(bytes.subarray(at), -next);
        at = next;
      }
    }
  }

  /** @returns where the next one begins, or how many bytes are needed from here on as a negative number */
  #frame(bytes: Buffer, at: number): number {
    const type = peekVarint(bytes, at);
    const length = type && peekVarint(bytes, type.next);
    if (!type || !length) return -(bytes.length - at + 1);
    if (type.value === h3FrameTypes.data) {
      if (!this.#listener || this.#trailers)
        throw new Http3ConnectionError(h3Codes.frameUnexpected, 'DATA where there is no body');
      this.#dataLeft = length.value;
      return length.next;
    }
    if (type.value !== h3FrameTypes.headers) {
      if (isForbiddenInRequests(type.value))
        throw new Http3ConnectionError(h3Codes.frameUnexpected, `frame ${type.value} on a request stream`);
      this.#skipLeft = length.value;
      return length.next;
    }
    if (this.#trailers) throw new Http3ConnectionError(h3Codes.frameUnexpected, 'HEADERS behind trailers');
    // What is as long encoded is longer decoded, or nearly.
    if (length.value > this.#parts.maxHeaderBytes)
      throw new Http3StreamError(h3Codes.excessiveLoad, 'a head that is too long');
    const end = length.next + length.value;
    if (end > bytes.length) return -(end - at);
    const isLast = end === bytes.length && (this.#stream.receiving?.hasEnded ?? false);
    this.#section(bytes.subarray(length.next, end), isLast);
    return end;
  }

  #section(bytes: Buffer, isLast: boolean): void {
    const { flat, isTooLarge } = decodeSection(bytes, this.#parts.maxHeaderBytes);
    if (this.#listener) {
      const problem = isTooLarge ? 'trailers that are too long' : trailerProblem(flat);
      if (problem !== undefined) throw new Http3StreamError(h3Codes.messageError, problem);
      this.#trailers = flat;
      return;
    }
    const problem = isTooLarge ? undefined : requestProblem(flat);
    if (problem !== undefined) throw new Http3StreamError(h3Codes.messageError, problem);
    this.#declared = declaredLength(flat);
    if (Number.isNaN(this.#declared)) throw new Http3StreamError(h3Codes.messageError, 'content-length');
    this.#listener = this.#parts.request(this, flat, isTooLarge, isLast);
  }

  /** @returns whether a pause is asked for */
  #data(piece: Buffer): boolean {
    this.#bodyBytes += piece.length;
    if (this.#declared !== undefined && this.#bodyBytes > this.#declared)
      throw new Http3StreamError(h3Codes.messageError, 'more data than content-length says');
    if (this.#listener?.data(piece) !== false) return false;
    this.#isPaused = true;
    return true;
  }

  #end(): void {
    this.#isOver = true;
    this.#stream.receiving?.finish();
    if (this.#heldBytes > 0 || this.#dataLeft > 0 || this.#skipLeft > 0)
      throw new Http3ConnectionError(h3Codes.frameError, 'a stream that ends within a frame');
    if (!this.#listener) return this.reset(h3Codes.requestIncomplete);
    if (this.#declared !== undefined && this.#bodyBytes !== this.#declared)
      throw new Http3StreamError(h3Codes.messageError, 'less data than content-length says');
    this.#listener.ended(this.#trailers);
  }

  /** RFC 9114 section 4.1.2: a stream error, and nothing for the others. */
  #malformed({ code }: Http3StreamError): void {
    this.#isOver = true;
    this.#stream.receiving?.stop(code);
    // Before who answers hears of it, and gives up the answer for a reason that is not this one.
    this.reset(code);
    this.#listener?.reset(code);
  }
}
