import type { ByteWriter } from '../coding/writer.ts';
import type { Carried } from '../recovery/sent-packet.ts';

/** No frame of these is larger, but for NEW_TOKEN. */
const usualBytes = 64;

/** A frame that is not of a stream: it waits, is sent, and waits again when it was lost (RFC 9000 section 13.3). */
export class ControlFrame implements Carried {
  readonly #outbox: Outbox;
  /** Says what is true when it is called. */
  readonly write: (writer: ByteWriter) => void;
  readonly bytes: number;
  readonly #options: ControlFrameOptions;
  #isWaiting = false;

  constructor(outbox: Outbox, write: (writer: ByteWriter) => void, options: ControlFrameOptions = {}) {
    this.#outbox = outbox;
    this.write = write;
    this.bytes = options.bytes ?? usualBytes;
    this.#options = options;
  }

  send(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#outbox.add(this);
  }

  sent(): void {
    this.#isWaiting = false;
  }

  get isStale(): boolean {
    return this.#options.isStale?.() ?? false;
  }

  acked(): void {
    this.#options.acked?.();
  }

  lost(): void {
    if (!this.isStale) this.send();
  }
}

interface ControlFrameOptions {
  /** Most bytes of it. */
  readonly bytes?: number;
  /** It means nothing any more. */
  readonly isStale?: () => boolean;
  readonly acked?: () => void;
}

/** Frames that wait to be sent in 1-RTT packets. */
export class Outbox {
  readonly #waiting: ControlFrame[] = [];
  readonly #ready: () => void;

  /** `ready`: there is something to send. */
  constructor(ready: () => void) {
    this.#ready = ready;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** One that is sent with the next packet. */
  post(write: (writer: ByteWriter) => void, options?: ControlFrameOptions): void {
    new ControlFrame(this, write, options).send();
  }

  add(frame: ControlFrame): void {
    this.#waiting.push(frame);
    this.#ready();
  }

  /** Writes as many as there is room for, and adds them to what the packet carries. */
  fill(writer: ByteWriter, carried: Carried[]): void {
    for (let frame = this.#waiting[0]; frame && writer.left >= frame.bytes; frame = this.#waiting[0]) {
      this.#waiting.shift();
      frame.sent();
      if (frame.isStale) continue;
      frame.write(writer);
      carried.push(frame);
    }
  }
}
