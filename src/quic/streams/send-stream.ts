import type { ByteWriter } from '../coding/writer.ts';
import { streamHeadBytes, writeStreamHead } from '../frames/write.ts';
import type { Carried } from '../recovery/sent-packet.ts';
import type { SendCredit } from './flow-control.ts';
import { SendBuffer } from './send-buffer.ts';

/** Who writes is asked to wait when so much has not been sent. */
const highWaterBytes = 65_536;

interface SendEvents {
  /** There is something to send. */
  ready(): void;
  /** Everything is acknowledged, or was given up and the peer knows it. */
  closed(): void;
  /** The writer may go on. */
  drained(): void;
  /** RESET_STREAM is to be sent. */
  reset(code: number, finalSize: number): void;
}

/** The sending part of a stream (RFC 9000 section 3.1). */
export class SendStream {
  readonly id: number;
  isReset = false;
  /** All of it has been handed to the network once. */
  isSent = false;
  isClosed = false;
  readonly #events: SendEvents;
  readonly #buffer = new SendBuffer();
  #limit: number;
  #hasEnd = false;
  #finState: 'none' | 'sent' | 'lost' | 'acked' = 'none';
  #isFull = false;

  /** `limit`: what the peer takes at first. */
  constructor(id: number, limit: number, events: SendEvents) {
    this.id = id;
    this.#limit = limit;
    this.#events = events;
  }

  get unsentBytes(): number {
    return this.#buffer.unsent;
  }

  /** The bytes are not to be changed afterwards. @returns false to ask for a pause until `drained` */
  write(bytes: Buffer): boolean {
    if (this.isReset || this.#hasEnd) return true;
    this.#buffer.write(bytes);
    this.#events.ready();
    this.#isFull = this.#buffer.unsent >= highWaterBytes;
    return !this.#isFull;
  }

  end(): void {
    if (this.isReset || this.#hasEnd) return;
    this.#hasEnd = true;
    this.#events.ready();
  }

  /** Gives the stream up; nothing happens when the peer has all of it already. */
  reset(code: number): void {
    if (this.isReset || this.isClosed) return;
    this.isReset = true;
    this.#buffer.clear();
    this.#events.reset(code, this.#buffer.next);
  }

  /** The peer knows of the reset. */
  resetAcked(): void {
    this.#close();
  }

  raiseLimit(limit: number): void {
    if (limit <= this.#limit) return;
    this.#limit = limit;
    this.#events.ready();
  }

  /** `credit`: bytes that the connection takes. */
  hasSomething(credit: number): boolean {
    if (this.isReset) return false;
    const { hasLost, unsent, next } = this.#buffer;
    if (hasLost || this.#finState === 'lost') return true;
    if (unsent > 0) return credit > 0 && this.#limit > next;
    return this.#hasEnd && this.#finState === 'none';
  }

  /** Writes one STREAM frame, if there is something to send and room for it. */
  writeTo(writer: ByteWriter, credit: SendCredit): Carried | undefined {
    const buffer = this.#buffer;
    const [from, most] = buffer.nextRange(Math.min(this.#limit, buffer.next + credit.left));
    const room = writer.left - streamHeadBytes(this.id, from);
    const to = Math.min(most, from + room);
    const fin = this.#hasEnd && to === buffer.end;
    if (room < 0 || (to <= from && !(fin && this.#finState !== 'sent' && this.#finState !== 'acked')))
      return undefined;
    writeStreamHead(writer, this.id, from, to - from, fin);
    const before = buffer.next;
    buffer.copy(from, to, writer);
    credit.use(buffer.next - before);
    if (fin && this.#finState !== 'acked') this.#finState = 'sent';
    this.#afterSending();
    return new StreamPiece(this, from, to, fin);
  }

  acked(from: number, to: number, fin: boolean): void {
    if (this.isReset) return;
    this.#buffer.acked(from, to);
    if (fin) this.#finState = 'acked';
    if (this.#finState === 'acked' && this.#buffer.isAllAcked) this.#close();
  }

  lost(from: number, to: number, fin: boolean): void {
    if (this.isReset || this.isClosed) return;
    this.#buffer.lost(from, to);
    if (fin && this.#finState !== 'acked') this.#finState = 'lost';
    this.#events.ready();
  }

  #afterSending(): void {
    const { unsent } = this.#buffer;
    if (this.#hasEnd && unsent === 0 && !this.isSent) {
      this.isSent = true;
      this.#events.drained();
    } else if (this.#isFull && unsent < highWaterBytes / 2) {
      this.#isFull = false;
      this.#events.drained();
    }
  }

  #close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#events.closed();
  }
}

/** What a packet has carried of a stream. */
class StreamPiece implements Carried {
  readonly #stream: SendStream;
  readonly #from: number;
  readonly #to: number;
  readonly #fin: boolean;

  constructor(stream: SendStream, from: number, to: number, fin: boolean) {
    this.#stream = stream;
    this.#from = from;
    this.#to = to;
    this.#fin = fin;
  }

  acked(): void {
    this.#stream.acked(this.#from, this.#to, this.#fin);
  }

  lost(): void {
    this.#stream.lost(this.#from, this.#to, this.#fin);
  }
}
