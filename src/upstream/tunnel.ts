import type { BodySink, BodySource } from '../http/body.ts';
import type { HeaderList } from '../http/headers.ts';
import { goingAway, WebSocketFrames } from '../http/websocket-frames.ts';

/**
 * An upgraded connection (RFC 9110 section 7.8): both directions of it, which end each for itself. As a body it is what the
 * endpoint sends.
 */
export class Tunnel implements BodySource, BodySink {
  readonly length = undefined;
  /** `performance.now()` at which something last moved, in either direction. */
  movedAt = performance.now();
  readonly #from: BodySource;
  /** Of a WebSocket: what Loom can say in its language must stand between two frames of the endpoint. */
  readonly #frames: WebSocketFrames | undefined;
  #sink: BodySink | undefined;
  #leaving = false;
  /** The client has been told that this is the end: what the endpoint still says is not for it. */
  #left = false;

  /** `protocol` in lower case; `from` is what the endpoint sends. */
  constructor(protocol: string, from: BodySource) {
    this.#from = from;
    this.#frames = protocol === 'websocket' ? new WebSocketFrames() : undefined;
  }

  /** What the client sends, on its way to the endpoint. */
  upward(bytes: BodySource): BodySource {
    return {
      length: undefined,
      start: (sink) =>
        bytes.start({
          data: (piece) => {
            this.movedAt = performance.now();
            return sink.data(piece);
          },
          end: (trailers) => sink.end(trailers),
          fail: (error) => sink.fail(error),
        }),
      resume: () => bytes.resume(),
      cancel: (reason) => bytes.cancel(reason),
    };
  }

  /**
   * Tells the client of a WebSocket that this side is going away. Its answer is passed on, so that the endpoint ends the
   * connection as it always does. A tunnel of another protocol goes on.
   */
  leave(): void {
    const frames = this.#frames;
    if (!frames || frames.closing || this.#leaving) return;
    this.#leaving = true;
    if (frames.between) this.#sayGoodbye();
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.#from.start(this);
  }

  resume(): void {
    this.#from.resume();
  }

  cancel(reason: Error): void {
    this.#from.cancel(reason);
  }

  data(piece: Buffer): boolean {
    const sink = this.#sink as BodySink;
    const frames = this.#frames;
    this.movedAt = performance.now();
    if (this.#left) return true;
    if (!this.#leaving) {
      frames?.skip(piece);
      return sink.data(piece);
    }
    const end = frames?.next(piece, 0) ?? 0;
    const wants = sink.data(piece.subarray(0, end));
    if (frames?.between) this.#sayGoodbye();
    return wants;
  }

  end(trailers?: HeaderList): void {
    this.#sink?.end(trailers);
  }

  fail(error: Error): void {
    this.#sink?.fail(error);
  }

  #sayGoodbye(): void {
    this.#left = true;
    // The endpoint's own farewell was on its way.
    if (this.#frames?.closing) return;
    this.#sink?.data(goingAway);
  }
}
