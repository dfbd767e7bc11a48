import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ErrorCode } from '../errors.ts';
import type { Limits, ListenerSettings } from '../model/settings.ts';
import { defaultContextOptions, tlsServerOptions, type CertificateStore } from './certificates.ts';
import { Connection, type Current } from './connection.ts';
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
  readonly #connections = new Map<Socket, Connection>();
  /** Ends what `certificates` calls. */
  readonly #forget: (() => void) | undefined;
  #draining = false;
  #stopped = false;

  constructor(settings: ListenerSettings, parts: ListenerParts) {
    this.#settings = settings;
    this.#parts = parts;
    const { limits } = parts;
    const options = {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headerTimeoutMs,
      handshakeTimeout: limits.headerTimeoutMs,
      requestTimeout: 0,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: 1000,
      requireHostHeader: false,
      insecureHTTPParser: false,
      noDelay: true,
    };
    if (settings.protocol === 'https') {
      const { certificates } = parts;
      const server: TlsServer = createTlsServer({ ...options, ...tlsServerOptions(certificates) });
      this.#server = server;
      this.#forget = certificates.onSwap(() => server.setSecureContext(defaultContextOptions(certificates)));
    } else {
      this.#server = createServer(options);
    }
    // Node's own takes a connection for idle whose response still waits for a slow client, and `close` calls it.
    this.#server.closeIdleConnections = () => undefined;
    this.#server.on(settings.protocol === 'https' ? 'secureConnection' : 'connection', (socket: Socket) => {
      const connection = this.#connection(socket);
      socket.once('close', () => this.#connections.delete(socket));
      if (this.#stopped) connection.stop();
    });
    const accept = (request: IncomingMessage, response: ServerResponse): void =>
      this.#connection(request.socket).accept(request, response);
    this.#server.on('request', accept);
    // Not answered before somebody reads the body: a refusal spares the client the upload.
    this.#server.on('checkContinue', accept);
    this.#server.on('checkExpectation', accept);
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
      else this.#connection(socket).fail(codeOf(error));
    });
    this.#server.on('connect', (_request: IncomingMessage, socket: Socket) =>
      this.#connection(socket).fail('method-not-implemented'),
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
    this.#stopped = true;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      for (const connection of this.#connections.values()) connection.stop();
    });
  }

  /** Cuts what is left. */
  destroy(): void {
    this.#forget?.();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #connection(socket: Socket): Connection {
    let connection = this.#connections.get(socket);
    if (!connection) {
      connection = new Connection(socket, (...message) => this.#serve(...message));
      this.#connections.set(socket, connection);
    }
    return connection;
  }

  #serve(request: IncomingMessage, response: ServerResponse, connection: Connection): Current | undefined {
    const { limits, forwarded } = this.#parts;
    const scheme = this.#settings.protocol;
    const { head, refusal } = readHead(request, scheme);
    const { socket } = request;
    const wire = new Http1Wire(response, request.httpVersion, () => this.#draining || connection.isLast);
    const body = bodyOf(request, response, limits.clientIdleMs);
    const exchange = new Exchange(wire, head, body, {
      listener: this.#settings.name,
      client: { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 },
      local: { address: plainAddress(socket.localAddress), port: socket.localPort ?? 0 },
    });
    exchange.refusal = refusal;
    if (refusal) connection.refuse();
    wire.onAbort = (reason) => exchange.abort(reason);
    wire.onClosed = () => connection.next();
    forwarded.apply(exchange);
    this.#parts.handle(exchange);
    return body;
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

function codeOf(error: NodeJS.ErrnoException): ErrorCode {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'headers-too-large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'request-timeout';
    default:
      return 'bad-request';
  }
}
