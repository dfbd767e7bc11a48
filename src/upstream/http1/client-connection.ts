import type { Socket } from 'node:net';
import { LoomError } from '../../errors.ts';
import { justRead, readBuffer } from '../../http/http1/accept.ts';
import { headBound } from '../../http/http1/head-end.ts';
import { IncomingBody, type BodyOwner, type Framing } from '../../http/http1/incoming-body.ts';
import { readResponseHead, type Http1Response } from '../../http/http1/response-head.ts';
import type { Living } from '../../structures/live-set.ts';
import type { Receiver } from '../request.ts';
import type { Transport } from '../transport.ts';
import type { RequestSender } from './request-sender.ts';

/** Heads larger than this are a fault of the upstream. */
const maxHeadBytes = 256 * 1024;

/** The pool that a connection goes back to. */
export interface Keeper {
  /** It can carry another request. */
  idle(connection: ClientConnection): void;
  gone(connection: ClientConnection): void;
}

/** One HTTP/1 connection to an endpoint: a request at a time (RFC 9112 section 9). */
export class ClientConnection implements BodyOwner, Living {
  place: number | undefined;
  readonly socket: Socket;
  /** Requests that it has carried. */
  requests = 0;
  /** Requests that it has gone on to at once, while others waited. */
  turns = 0;
  /** `performance.now()` at which it was asked for. */
  readonly bornAt = performance.now();
  /** `performance.now()` at which it became idle. */
  idleSince = 0;
  readonly #keeper: Keeper;
  readonly #transport: Transport;
  #connected = false;
  #receiver: Receiver | undefined;
  #sender: RequestSender | undefined;
  #method = '';
  #input: Buffer | undefined;
  /** `#input` is the buffer that all sockets read into. */
  #shared = false;
  #body: IncomingBody | undefined;
  #requestSent = false;
  #responseEnded = false;
  /** Request and response are through: the connection is free. */
  #finished = false;
  #keepAlive = false;
  #paused = false;
  #pumping = false;

  constructor(transport: Transport, host: string, port: number, keeper: Keeper) {
    this.#keeper = keeper;
    this.#transport = transport;
    this.socket = transport.connect(host, port, {
      buffer: readBuffer,
      callback: (size) => this.#read(size),
    });
    this.socket.on(transport.connectEvent, () => {
      const excess = transport.excess(this.socket);
      if (excess) return void this.socket.destroy(excess);
      this.#connected = true;
      if (this.#receiver) this.#receiver.connected();
      else this.#keeper.idle(this);
    });
    this.socket.on('drain', () => this.#sender?.drained());
    this.socket.on('error', (error) => this.#lost(error));
    this.socket.on('end', () => this.#ended());
    this.socket.on('close', () => this.#lost(undefined));
  }

  /** The endpoint has taken the connection. */
  get connected(): boolean {
    return this.#connected;
  }

  /** It is being made for nobody yet. */
  get isWarming(): boolean {
    return !this.#connected && !this.#receiver;
  }

  /** Begins an exchange; the sender writes the request to `socket` and calls `sent`. */
  take(receiver: Receiver, sender: RequestSender, method: string): void {
    this.#receiver = receiver;
    this.#sender = sender;
    this.#method = method;
    this.#requestSent = false;
    this.#responseEnded = false;
    this.#finished = false;
    this.#keepAlive = false;
  }

  /** All of the request has been handed to the socket. */
  sent(): void {
    this.#requestSent = true;
    this.#finished = this.#responseEnded;
    if (this.#finished && !this.#pumping) this.#release();
  }

  destroy(): void {
    this.#receiver = undefined;
    this.socket.destroy();
  }

  wants(): void {
    this.#pump();
    this.#settle();
  }

  cancelled(): void {
    this.destroy();
  }

  #read(size: number): boolean {
    const fresh = justRead(size);
    this.#input = this.#input ? Buffer.concat([this.#input, fresh]) : fresh;
    this.#shared = this.#input === fresh;
    this.#pump();
    // The next read of any socket overwrites what is not understood yet.
    if (this.#input && this.#shared) this.#input = Buffer.from(this.#input);
    this.#shared = false;
    if (!this.#isBlocked()) return true;
    this.#paused = true;
    return false;
  }

  #isBlocked(): boolean {
    return this.#body !== undefined && !this.#body.over && this.#body.blocked;
  }

  #settle(): void {
    if (!this.#paused || this.#isBlocked()) return;
    this.#paused = false;
    this.socket.resume();
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#input || this.#body) {
      const input: Buffer = this.#input ?? none;
      const body = this.#body;
      const at = body ? this.#feed(body, input) : this.#head(input);
      const rest = at < input.length ? input.subarray(at) : undefined;
      const moved = rest !== this.#input && (at > 0 || body !== this.#body);
      if (this.#input) this.#input = rest;
      if (!moved || this.socket.destroyed) break;
    }
    this.#pumping = false;
    if (this.#finished) this.#release();
  }

  #feed(body: IncomingBody, input: Buffer): number {
    if (input.length > 0) this.#receiver?.progressed();
    const at = body.feed(input, 0, this.#shared);
    if (!body.over) return at;
    this.#body = undefined;
    if (body.failure) this.#fail(body.failure);
    else this.#complete();
    return at;
  }

  /** @returns how much of the input is understood. */
  #head(input: Buffer): number {
    const receiver = this.#receiver;
    if (!receiver || this.#responseEnded) {
      // Nobody has asked for anything: whatever this is, it must not answer the next request.
      this.#fail(malformed('bytes behind the response'));
      return input.length;
    }
    const bound = headBound(input.length > maxHeadBytes ? input.subarray(0, maxHeadBytes) : input);
    if (bound === -1) {
      if (input.length >= maxHeadBytes) this.#fail(malformed(`a head of more than ${maxHeadBytes} bytes`));
      else if (!couldBeHttp(input)) this.#fail(malformed('an answer that is not HTTP/1.1'));
      return 0;
    }
    const head = readResponseHead(input, bound);
    if (typeof head === 'string') {
      this.#fail(malformed(head));
      return input.length;
    }
    if (head.status < 200 && head.status !== 101) {
      receiver.informed({ status: head.status, headers: head.fields.list });
      return head.end;
    }
    return this.#answer(receiver, head, input);
  }

  #answer(receiver: Receiver, head: Http1Response, input: Buffer): number {
    const { status, fields, minor, end } = head;
    const response = { status, headers: fields.list };
    const framing = this.#framing(head);
    this.#keepAlive = framing !== 'close' && (minor === 1 ? !fields.close : fields.keepAlive);
    if (framing === 0) {
      receiver.answered(response, undefined);
      this.#complete();
      return end;
    }
    if (typeof framing === 'number' && input.length - end >= framing) {
      const body = Buffer.allocUnsafe(framing);
      input.copy(body, 0, end, end + framing);
      receiver.answered(response, body);
      this.#complete();
      return end + framing;
    }
    this.#body = new IncomingBody(framing, 'upstream-protocol', this);
    receiver.answered(response, this.#body, fields.upgrade);
    return end;
  }

  /** RFC 9112 section 6.3. */
  #framing({ status, fields }: Http1Response): Framing {
    if (status === 101) return 'close';
    if (this.#method === 'HEAD' || status === 204 || status === 304) return 0;
    if (fields.chunked) return 'chunked';
    return fields.contentLength === -1 ? 'close' : fields.contentLength;
  }

  #complete(): void {
    const receiver = this.#receiver;
    this.#responseEnded = true;
    this.#finished = this.#requestSent;
    receiver?.completed();
  }

  /** When the bytes at hand have been looked at: what lies behind the response makes the connection useless. */
  #release(): void {
    this.#finished = false;
    this.#receiver = undefined;
    this.#sender = undefined;
    if (this.#keepAlive && !this.socket.destroyed && !this.#input) {
      this.requests++;
      this.#keeper.idle(this);
    } else this.socket.destroy();
  }

  /** Nothing that follows can be trusted. */
  #fail(error: LoomError): void {
    const receiver = this.#receiver;
    this.#input = undefined;
    this.destroy();
    receiver?.failed(error);
  }

  /** The upstream has closed its side. */
  #ended(): void {
    const body = this.#body;
    if (!body?.close()) return this.#lost(undefined);
    this.#body = undefined;
    this.#complete();
    if (this.#finished) this.#release();
  }

  #lost(error: Error | undefined): void {
    const receiver = this.#receiver;
    const body = this.#body;
    this.#receiver = undefined;
    this.#body = undefined;
    this.socket.destroy();
    this.#keeper.gone(this);
    if (!receiver) return;
    const known = this.#transport.failure(error, this.#connected);
    receiver.failed(known);
    body?.fail(known);
  }
}

const none = Buffer.alloc(0);

const malformed = (detail: string): LoomError => new LoomError('upstream-protocol', detail);

const couldBeHttp = (bytes: Buffer): boolean =>
  'HTTP/1.'.startsWith(bytes.latin1Slice(0, Math.min(7, bytes.length)));
