import { transportCodes, TransportError } from '../errors.ts';
import { ReceiveWindow } from './flow-control.ts';
import { Reassembly } from './reassembly.ts';

interface ReceiveEvents {
  /** There is something to read, or the end. */
  readable(): void;
  /** The peer gave its side up. */
  reset(code: number): void;
  /** The peer may send more than it knows. */
  widened(limit: number): void;
  /** STOP_SENDING is to be sent. */
  stop(code: number): void;
  /** The reader has seen the end, or nothing more will come. */
  closed(): void;
}

/** The receiving part of a stream (RFC 9000 section 3.2). */
export class ReceiveStream {
  isClosed = false;
  readonly #events: ReceiveEvents;
  readonly #window: ReceiveWindow;
  readonly #connection: ReceiveWindow;
  /** The connection has room again. */
  readonly #freed: () => void;
  readonly #bytes = new Reassembly();
  #finalSize = Infinity;
  #isStopped = false;
  #highest = 0;

  constructor(windowBytes: number, connection: ReceiveWindow, freed: () => void, events: ReceiveEvents) {
    this.#window = new ReceiveWindow(windowBytes);
    this.#connection = connection;
    this.#freed = freed;
    this.#events = events;
  }

  /** What the peer may send. */
  get limit(): number {
    return this.#window.limit;
  }

  /** All that the peer sends has come. */
  get hasEnded(): boolean {
    return this.#bytes.offset === this.#finalSize;
  }

  /** A STREAM frame. Throws when the peer breaks a limit or says two different final sizes. */
  receive(offset: number, bytes: Buffer, fin: boolean): void {
    const end = offset + bytes.length;
    this.#account(end, fin ? end : undefined);
    if (this.isClosed) return;
    if (this.#isStopped) return this.#throwAway();
    if (!this.#bytes.insert(offset, bytes))
      throw new TransportError(transportCodes.internal, 'too many gaps in a stream');
    this.#events.readable();
  }

  /** A RESET_STREAM frame. */
  receiveReset(code: number, finalSize: number): void {
    this.#account(finalSize, finalSize);
    if (this.isClosed) return;
    const wanted = !this.#isStopped;
    this.#giveBack();
    this.#close();
    if (wanted) this.#events.reset(code);
  }

  /** The next bytes, if they are there. What is read makes room for more. */
  read(): Buffer | undefined {
    const bytes = this.#bytes.read();
    if (bytes) {
      if (this.#window.consume(bytes.length) && this.#finalSize === Infinity)
        this.#events.widened(this.#window.limit);
      if (this.#connection.consume(bytes.length)) this.#freed();
    }
    return bytes;
  }

  /** The reader has read the end. */
  finish(): void {
    this.#close();
  }

  /** The reader wants no more. */
  stop(code: number): void {
    if (this.isClosed || this.#isStopped) return;
    this.#isStopped = true;
    if (this.#finalSize === Infinity) this.#events.stop(code);
    this.#throwAway();
  }

  #throwAway(): void {
    this.#giveBack();
    if (this.#highest === this.#finalSize) this.#close();
  }

  /** Makes room in the connection for what nobody will read. */
  #giveBack(): void {
    const unread = this.#highest - this.#bytes.offset;
    this.#bytes.clear();
    this.#bytes.offset = this.#highest;
    if (unread > 0 && this.#connection.consume(unread)) this.#freed();
  }

  #account(end: number, finalSize: number | undefined): void {
    if (end > this.#finalSize || (finalSize !== undefined && finalSize < this.#highest))
      throw new TransportError(transportCodes.finalSize, 'data beyond the final size');
    if (finalSize !== undefined) {
      if (this.#finalSize !== Infinity && finalSize !== this.#finalSize)
        throw new TransportError(transportCodes.finalSize, 'two final sizes');
      this.#finalSize = finalSize;
    }
    if (end <= this.#highest) return;
    this.#window.receive(end - this.#highest);
    this.#connection.receive(end - this.#highest);
    this.#highest = end;
  }

  #close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#events.closed();
  }
}
