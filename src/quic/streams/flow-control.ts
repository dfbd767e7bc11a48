import { transportCodes, TransportError } from '../errors.ts';

/** What the peer may send on a stream or on the connection (RFC 9000 section 4.1). */
export class ReceiveWindow {
  /** What the peer has been told, or is about to be told. */
  limit: number;
  /** Highest that has come. */
  received = 0;
  #consumed = 0;
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
    this.limit = size;
  }

  /** Throws when the peer has gone beyond the limit. */
  receive(bytes: number): void {
    this.received += bytes;
    if (this.received > this.limit)
      throw new TransportError(transportCodes.flowControl, 'more data than it was allowed to send');
  }

  /** So many bytes make room. @returns true when the peer should be told the new limit */
  consume(bytes: number): boolean {
    this.#consumed += bytes;
    if (this.limit - this.#consumed > this.#size / 2) return false;
    this.limit = this.#consumed + this.#size;
    return true;
  }
}

/** What we may send on the connection. */
export class SendCredit {
  #limit = 0;
  #used = 0;

  get left(): number {
    return this.#limit - this.#used;
  }

  use(bytes: number): void {
    this.#used += bytes;
  }

  /** @returns true when it is more than before */
  raise(limit: number): boolean {
    if (limit <= this.#limit) return false;
    this.#limit = limit;
    return true;
  }
}
