import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

/**
 * A connection without a kernel, for a million of messages in a minute: what `feed` is given comes out as `data`, while the
 * reader wants it, and what is written is forgotten.
 */
export class PlayedSocket extends EventEmitter {
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 1;
  readonly localAddress = '127.0.0.1';
  readonly localPort = 1;
  readonly bytesRead = 0;
  readonly writableLength = 0;
  readonly writableNeedDrain = false;
  readonly errored = null;
  destroyed = false;
  #paused = false;
  #waiting: Buffer[] = [];

  get socket(): Socket {
    return this as unknown as Socket;
  }

  feed(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#flow();
  }

  resume(): this {
    this.#paused = false;
    this.#flow();
    return this;
  }

  pause(): this {
    this.#paused = true;
    return this;
  }

  write(): boolean {
    return true;
  }

  end(): this {
    return this;
  }

  cork(): void {}

  uncork(): void {}

  destroy(): this {
    this.destroyed = true;
    this.#waiting = [];
    return this;
  }

  #flow(): void {
    while (!this.#paused && !this.destroyed && this.#waiting.length > 0)
      this.emit('data', this.#waiting.shift());
  }
}
