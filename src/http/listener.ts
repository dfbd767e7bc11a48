import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { errors, type ErrorCode } from '../errors.ts';
import type { Limits, ListenerSettings } from '../model/settings.ts';
import { tlsServerOptions, type CertificateStore } from './certificates.ts';
import { Exchange } from './exchange.ts';
import type { ForwardedFields } from './forwarded.ts';
import { Http1Wire } from './http1-wire.ts';
import { MessageBody } from './message-body.ts';
import { readHead } from './request.ts';

export interface ListenerParts {
  readonly limits: Limits;
  readonly forwarded: ForwardedFields;
  readonly certificates: CertificateStore;
  handle(exchange: Exchange): void;
}

/** One bound address of one worker. */
export class HttpListener {
  readonly #settings: ListenerSettings;
  readonly #parts: ListenerParts;
  readonly #server: Server;
  #draining = false;

  constructor(settings: ListenerSettings, parts: ListenerParts) {
    this.#settings = settings;
    this.#parts = parts;
    const { limits } = parts;
    const options = {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headerTimeoutMs,
      requestTimeout: 0,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: 1000,
      requireHostHeader: false,
      insecureHTTPParser: false,
      noDelay: true,
    };
    this.#server =
      settings.protocol === 'https'
        ? createTlsServer({ ...options, ...tlsServerOptions(parts.certificates) })
        : createServer(options);
    this.#server.on('request', (request, response) => this.#accept(request, response));
    // Not answered before somebody reads the body: a refusal spares the client the upload.
    this.#server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
      this.#accept(request, response),
    );
    this.#server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
      this.#accept(request, response),
    );
    this.#server.on('clientError', refuseRaw);
    this.#server.on('connect', (_request: IncomingMessage, socket: Socket) =>
      writeRaw(socket, 'method-not-implemented'),
    );
  }

  /** Binds with SO_REUSEPORT, so that every worker can. Rejects with a reason for people. */
  async listen(): Promise<AddressInfo> {
    const { name, host, port } = this.#settings;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen({ host: host || undefined, port, reusePort: true, backlog: 4096 }, resolve);
    await promise.catch((error: NodeJS.ErrnoException) => {
      throw new Error(`the listener ${name} cannot bind ${host}:${port}: ${error.code ?? error.message}`);
    });
    return this.#server.address() as AddressInfo;
  }

  /** From now on every response asks the client to close. */
  announceDrain(): void {
    this.#draining = true;
  }

  /** No new connections; idle ones are closed, the others after their response. Resolves when none is left. */
  async stop(): Promise<void> {
    this.#draining = true;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
    });
  }

  /** Cuts what is left. */
  destroy(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #accept(request: IncomingMessage, response: ServerResponse): void {
    const { limits, forwarded } = this.#parts;
    const scheme = this.#settings.protocol;
    const { head, refusal } = readHead(request, scheme);
    const { socket } = request;
    const wire = new Http1Wire(response, request.httpVersion, () => this.#draining);
    const exchange = new Exchange(wire, head, bodyOf(request, response, limits.clientIdleMs), {
      listener: this.#settings.name,
      client: { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 },
      local: { address: plainAddress(socket.localAddress), port: socket.localPort ?? 0 },
    });
    exchange.refusal = refusal;
    wire.onAbort = (reason) => exchange.abort(reason);
    forwarded.apply(exchange);
    this.#parts.handle(exchange);
  }
}

/** A request has a body when Content-Length or Transfer-Encoding says so (RFC 9112 section 6.3). */
function bodyOf(request: IncomingMessage, response: ServerResponse, idleMs: number): MessageBody | undefined {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (length === undefined && encoding === undefined) return undefined;
  if (length === '0') return undefined;
  return new MessageBody(request, response, length === undefined ? undefined : Number(length), idleMs);
}

/** An IPv4 peer of an IPv6 socket by its IPv4 address. */
function plainAddress(address = ''): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** What the parser refuses never becomes an exchange. */
function refuseRaw(error: NodeJS.ErrnoException, socket: Socket): void {
  const code: ErrorCode =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'headers-too-large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'request-timeout'
        : 'bad-request';
  if (error.code === 'ECONNRESET') socket.destroy();
  else writeRaw(socket, code);
}

function writeRaw(socket: Socket, code: ErrorCode): void {
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
}
