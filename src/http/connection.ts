import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { errors, LoomError, type ErrorCode } from '../errors.ts';

/** Requests that may wait behind the one that is being answered; who sends more is cut off. */
const maxWaiting = 100;

/** How long a drain waits for the first request of a connection: who has just connected is about to send it. */
const firstRequestMs = 500;

/** What the connection needs of the request that it is answering. */
export interface Current {
  /** The rest of its body will never make sense. */
  malformed(error: LoomError): void;
}

type Serve = (
  request: IncomingMessage,
  response: ServerResponse,
  connection: Connection,
) => Current | undefined;

/**
 * The order of things on one HTTP/1 connection. node:http hands out pipelined requests all at once; here each waits for
 * the response before it, so that nothing which follows a refused request is ever looked at (RFC 9112 section 9.3.2), and
 * what the parser refuses is answered in its turn and not in place of an earlier request.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #serve: Serve;
  #busy = false;
  #hadRequest = false;
  #request: IncomingMessage | undefined;
  #current: Current | undefined;
  #waiting: [IncomingMessage, ServerResponse][] | undefined;
  #refused = false;
  #stopped = false;
  #broken: ErrorCode | undefined;
  /** The parser gave up within the body of the current request: its answer is the last one. */
  #bodyBroken = false;

  constructor(socket: Socket, serve: Serve) {
    this.#socket = socket;
    this.#serve = serve;
  }

  /** Closes the connection when it is idle, or else after the current response. */
  stop(): void {
    this.#stopped = true;
    if (this.#busy) return;
    if (this.#hadRequest) this.#socket.end();
    else setTimeout(() => this.#busy || this.#socket.end(), firstRequestMs);
  }

  accept(request: IncomingMessage, response: ServerResponse): void {
    if (this.#refused) return;
    if (!this.#busy) return this.#begin(request, response);
    this.#waiting ??= [];
    if (this.#waiting.push([request, response]) > maxWaiting) this.#socket.destroy();
  }

  /** Nothing that follows is served; the response to the current request must close the connection. */
  refuse(): void {
    this.#refused = true;
    this.#waiting = undefined;
  }

  /** Nothing can follow the current response. */
  get isLast(): boolean {
    return this.#refused || this.#bodyBroken;
  }

  /** The parser gave up; it reads no more from this connection. */
  fail(code: ErrorCode): void {
    if (this.#refused || this.#broken) return;
    this.#broken = code;
    if (!this.#busy) writeRefusal(this.#socket, code);
    else if (!this.#waiting?.length) this.#breakBody();
  }

  /** The response to the current request is complete, or will never be. */
  next(): void {
    this.#busy = false;
    this.#request = undefined;
    this.#current = undefined;
    if (this.#socket.destroyed || this.#refused) return;
    const waiting = this.#waiting?.shift();
    if (waiting) this.#begin(...waiting);
    else if (this.#broken && !this.#bodyBroken) writeRefusal(this.#socket, this.#broken);
    else if (this.#stopped) this.#socket.end();
  }

  #begin(request: IncomingMessage, response: ServerResponse): void {
    this.#busy = true;
    this.#hadRequest = true;
    this.#request = request;
    this.#current = this.#serve(request, response, this);
    if (this.#broken && !this.#waiting?.length) this.#breakBody();
  }

  #breakBody(): void {
    if (!this.#request || this.#request.complete) return;
    this.#bodyBroken = true;
    this.#current?.malformed(new LoomError(this.#broken ?? 'bad-request', 'in the body'));
  }
}

/** Answers what never became an exchange. */
function writeRefusal(socket: Socket, code: ErrorCode): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { status, message } = errors[code];
  const body = `${code}: ${message}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: text/plain; charset=utf-8\r\n` +
      `content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
  // node:http has let go of the socket: a client that neither reads nor closes would keep it.
  socket.setTimeout(1000, () => socket.destroy());
}
