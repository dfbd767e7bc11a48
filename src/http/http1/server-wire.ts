import type { Socket } from 'node:net';
import { LoomError } from '../../errors.ts';
import type { BodySource } from '../body.ts';
import type { ResponseHead, Wire } from '../exchange.ts';
import { BodyWriter, joined } from './body-writer.ts';
import { dateLine, fieldLines, statusLine } from './head-text.ts';
import type { Framing } from './incoming-body.ts';
import type { Http1Request } from './request-head.ts';

/** What the wire of one exchange needs of its connection. */
export interface WireOwner {
  /** Whether the connection must end with this response; asked when its head is written. */
  mustClose(): boolean;
  /** What comes from now on belongs to the protocol that was upgraded to. */
  upgraded(): void;
  /** All of the response has been handed to the socket, or it cannot be (`error`). */
  responded(error: Error | undefined, done: (error?: Error) => void): void;
}

/** How one request is answered over HTTP/1 (RFC 9112). */
export class ServerWire implements Wire {
  readonly version: '1.0' | '1.1';
  /** The response has begun. */
  begun = false;
  /** The connection ends with the response: its head has said so, or its end is the end of the body. */
  closes = false;
  readonly #socket: Socket;
  readonly #request: Http1Request;
  readonly #owner: WireOwner;
  #source: BodySource | undefined;
  #done: ((error?: Error) => void) | undefined;

  constructor(socket: Socket, request: Http1Request, owner: WireOwner) {
    this.#socket = socket;
    this.#request = request;
    this.#owner = owner;
    this.version = request.minor === 1 ? '1.1' : '1.0';
  }

  respond(head: ResponseHead, body: BodySource | Buffer | undefined, done: (error?: Error) => void): void {
    this.#done = done;
    this.begun = true;
    if (this.#socket.destroyed) {
      cancel(body, new LoomError('client-abort'));
      return this.#finish(new LoomError('client-abort'));
    }
    const framing = this.#framing(head, body);
    let text: string;
    try {
      text = this.#headText(head, body, framing);
    } catch (error) {
      // Not thrown: `done` is how this ends.
      cancel(body, error as Error);
      return this.#finish(error as Error);
    }
    if (framing === 'none' || body === undefined) {
      cancel(body, new LoomError('internal', 'a response without a body'));
      this.#socket.write(text, 'latin1');
      this.#finish(undefined);
    } else if (Buffer.isBuffer(body)) {
      this.#socket.write(joined(text, body, ''));
      this.#finish(undefined);
    } else {
      this.#stream(text, framing, body, head.status);
    }
  }

  /** An interim response (RFC 9110 section 15.2), which HTTP/1.0 does not know. */
  inform({ status, headers }: ResponseHead): void {
    if (this.begun || this.version === '1.0' || this.#socket.destroyed) return;
    this.#socket.write(`${statusLine(status)}${fieldLines(headers)}\r\n`, 'latin1');
  }

  reset(reason: Error): void {
    this.begun = true;
    this.#source?.cancel(reason);
    this.#source = undefined;
    this.#finish(reason);
  }

  /** The socket takes more. */
  drained(): void {
    this.#source?.resume();
  }

  /** The client is gone. */
  gone(error: Error): void {
    const source = this.#source;
    this.#source = undefined;
    source?.cancel(error);
    const done = this.#done;
    this.#done = undefined;
    done?.(error);
  }

  #framing({ status, headers }: ResponseHead, body: BodySource | Buffer | undefined): Framing | 'none' {
    if (status === 101) return 'close';
    // RFC 9112 section 6.3: these end with their head, whatever it says.
    if (this.#request.head.method === 'HEAD' || status === 204 || status === 304) return 'none';
    if (body === undefined) return 0;
    if (Buffer.isBuffer(body)) return body.length;
    const length = headers.get('content-length');
    if (length !== undefined) return Number(length);
    if (body.length !== undefined) return body.length;
    return this.version === '1.1' ? 'chunked' : 'close';
  }

  #headText(head: ResponseHead, body: BodySource | Buffer | undefined, framing: Framing | 'none'): string {
    const { status, headers } = head;
    // Two lengths that differ would be two messages on the wire.
    if (Buffer.isBuffer(body) && status !== 204 && status !== 304) {
      const length = String(body.length);
      if (headers.get('content-length') !== length) headers.set('content-length', length);
    }
    let text = statusLine(status) + fieldLines(headers);
    if (!headers.has('date')) text += dateLine();
    if (status === 101) {
      this.closes = true;
      return `${text}connection: upgrade\r\n\r\n`;
    }
    if (framing === 'chunked') text += 'transfer-encoding: chunked\r\n';
    else if (typeof framing === 'number' && !headers.has('content-length'))
      text += `content-length: ${framing}\r\n`;
    // Loom's own refusals say so; what an upstream says of its connection has been taken out.
    const told = headers.has('connection');
    this.closes = told || framing === 'close' || this.#owner.mustClose();
    if (this.closes && !told) text += 'connection: close\r\n';
    else if (!this.closes && this.version === '1.0') text += 'connection: keep-alive\r\n';
    return `${text}\r\n`;
  }

  #stream(text: string, framing: Framing, body: BodySource, status: number): void {
    this.#source = body;
    if (status === 101) this.#owner.upgraded();
    const writer = new BodyWriter(this.#socket, text, framing, (error) => {
      const source = this.#source;
      this.#source = undefined;
      if (error) source?.cancel(error);
      this.#finish(error);
    });
    body.start(writer);
    writer.flush();
  }

  #finish(error: Error | undefined): void {
    const done = this.#done ?? nothing;
    this.#done = undefined;
    this.#owner.responded(error, done);
  }
}

const nothing = (): void => undefined;

function cancel(body: BodySource | Buffer | undefined, reason: Error): void {
  if (body && !Buffer.isBuffer(body)) body.cancel(reason);
}
