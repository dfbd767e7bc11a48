interface ClosingParts {
  send(bytes: Buffer): void;
  /** Its ids mean nothing any more. */
  forget(): void;
}

/** The end of a connection (RFC 9000 section 10.2): it says so again when it is asked, less and less often, and then is forgotten. */
export class Closing {
  readonly #farewell: Buffer | undefined;
  readonly #parts: ClosingParts;
  readonly #timer: NodeJS.Timeout;
  #received = 0;
  #isForgotten = false;

  /** `farewell`: undefined where the other side knows, or where nobody is. `afterMs`: three probe timeouts. */
  constructor(farewell: Buffer | undefined, afterMs: number, parts: ClosingParts) {
    this.#farewell = farewell;
    this.#parts = parts;
    this.#timer = setTimeout(() => this.forget(), afterMs).unref();
    if (farewell) parts.send(farewell);
  }

  /** A datagram came for it. The first, second, fourth, … is answered. */
  receive(): void {
    const count = ++this.#received;
    if (this.#farewell && (count & (count - 1)) === 0) this.#parts.send(this.#farewell);
  }

  forget(): void {
    if (this.#isForgotten) return;
    this.#isForgotten = true;
    clearTimeout(this.#timer);
    this.#parts.forget();
  }
}
