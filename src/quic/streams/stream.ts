import type { ReceiveStream } from './receive-stream.ts';
import type { SendStream } from './send-stream.ts';

/** Who uses a stream hears of it by these. */
export interface StreamListener {
  /** `read` may give something, or the end has come. */
  readable(): void;
  /** The peer gave its side up, with a code of the application. */
  peerReset(code: number): void;
  /** The peer wants no more of ours; the stream has been reset already. */
  stopped(code: number): void;
  /** After a `write` that gave false: go on. Also when all of an ended stream has been sent. */
  drained(): void;
  /** Nothing more will happen: both sides are over, or the connection is. */
  closed(): void;
}

/** A stream of a connection as the application sees it (RFC 9000 section 2). */
export class Stream {
  readonly id: number;
  /** Undefined for a stream that only the peer, or only we, send on. */
  readonly sending: SendStream | undefined;
  readonly receiving: ReceiveStream | undefined;
  listener: StreamListener | undefined;
  /** It waits for its turn to send. */
  isQueued = false;

  constructor(id: number, sending: SendStream | undefined, receiving: ReceiveStream | undefined) {
    this.id = id;
    this.sending = sending;
    this.receiving = receiving;
  }

  get isUni(): boolean {
    return (this.id & 2) !== 0;
  }

  get isClosed(): boolean {
    return (this.sending?.isClosed ?? true) && (this.receiving?.isClosed ?? true);
  }
}
