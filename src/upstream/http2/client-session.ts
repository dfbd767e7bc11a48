import {
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionRequestOptions,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { LoomError } from '../../errors.ts';
import type { Transport } from '../transport.ts';

/** More streams than this share no connection, whatever the peer allows. */
const maxStreams = 256;
/** Receive windows (RFC 9113 section 6.9). That of the connection has room for all streams: a slow reader holds back nobody else. */
const streamWindow = 1 << 18;
const sessionWindow = maxStreams * streamWindow;
/** Of a head, one way or the other. */
const maxHeadBytes = 256 * 1024;
/** Silence while streams wait, before the peer is asked for a sign. Servers of gRPC take more than one ping in five minutes for abuse. */
const silenceMs = 301_000;
const pingMs = 20_000;
/** Stream identifiers run out at 2³¹. */
const finalStreamId = 2 ** 30;

/** The pool of a connection. */
export interface SessionOwner {
  /** It can take streams: it is open, or one has ended. */
  roomy(session: ClientSession): void;
  /** It takes no new streams. */
  gone(session: ClientSession): void;
}

/** One HTTP/2 connection to an endpoint: many requests at once. */
export class ClientSession {
  readonly scheme: 'http' | 'https';
  /** What ended the connection. */
  failure: LoomError | undefined;
  readonly #transport: Transport;
  readonly #owner: SessionOwner;
  readonly #socket: Socket;
  readonly #connectTimer: NodeJS.Timeout | undefined;
  #session: ClientHttp2Session | undefined;
  /** The settings of the peer have come. */
  #open = false;
  #leaving = false;
  #streams = 0;
  #requests = 0;
  readonly bornAt = performance.now();
  #limit = 0;
  #lastSeen = Infinity;
  #idleSince = Infinity;
  #bytesRead = 0;
  #silentSince = Infinity;
  #pingedAt = Infinity;

  constructor(transport: Transport, host: string, port: number, owner: SessionOwner) {
    this.#transport = transport;
    this.scheme = transport.scheme;
    this.#owner = owner;
    this.#socket = transport.connect(host, port);
    const { connectTimeoutMs } = transport;
    if (connectTimeoutMs > 0)
      this.#connectTimer = setTimeout(() => this.destroy(new LoomError('connect-timeout')), connectTimeoutMs);
    this.#socket.once(transport.connectEvent, () => this.#greet());
    this.#socket.on('error', (error) => this.destroy(this.#failureOf(error)));
    this.#socket.on('close', () => this.destroy(transport.failure(undefined, this.#open)));
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** It has ended with all of its streams, although `failure` may not say why yet. */
  get isLost(): boolean {
    return this.#session?.destroyed ?? true;
  }

  get isIdle(): boolean {
    return this.#open && !this.#leaving && this.#streams === 0;
  }

  get hasRoom(): boolean {
    const { maxRequests } = this.#transport;
    return this.#open && !this.#leaving && this.#streams < this.#limit && this.#requests < maxRequests;
  }

  /** The peer takes extended CONNECT (RFC 8441 section 3). */
  get canTunnel(): boolean {
    return this.#session?.remoteSettings.enableConnectProtocol === true;
  }

  enter(): void {
    this.#streams++;
    this.#requests++;
  }

  leave(): void {
    this.#streams--;
    if (this.#streams === 0) {
      this.#idleSince = performance.now();
      const { keepAliveMs, maxRequests } = this.#transport;
      if (keepAliveMs === 0 || this.#requests >= maxRequests) this.retire();
    }
    if (this.hasRoom) this.#owner.roomy(this);
  }

  /** Throws where the connection cannot take it any more; nothing is sent then. */
  request(fields: string[], options: ClientSessionRequestOptions): ClientHttp2Stream {
    const stream = (this.#session as ClientHttp2Session).request(fields, options);
    if ((stream.id ?? 0) > finalStreamId) this.retire();
    return stream;
  }

  /** The peer has said that it has not looked at that stream, and never will (RFC 9113 section 6.8). */
  hasNotSeen(id: number): boolean {
    return id > this.#lastSeen;
  }

  sweep(now: number): void {
    const session = this.#session;
    if (!session || !this.#open) return;
    const { bytesRead } = this.#socket;
    if (bytesRead !== this.#bytesRead || this.#streams === 0) {
      this.#bytesRead = bytesRead;
      this.#silentSince = now;
      this.#pingedAt = Infinity;
    }
    if (now - this.bornAt >= this.#transport.maxAgeMs) this.retire();
    else if (this.#streams === 0) {
      if (now - this.#idleSince > this.#transport.keepAliveMs) this.retire();
    } else if (now - this.#pingedAt > pingMs) {
      this.destroy(new LoomError('upstream-reset', 'no answer to a ping'));
    } else if (now - this.#silentSince > silenceMs && this.#pingedAt === Infinity) {
      this.#pingedAt = now;
      session.ping(() => undefined);
    }
  }

  /** Takes no more streams; those that there are end in their own time. */
  retire(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#session?.close();
    this.#owner.gone(this);
  }

  destroy(failure: LoomError): void {
    clearTimeout(this.#connectTimer);
    if (this.failure) return;
    this.failure = failure;
    this.#leaving = true;
    this.#session?.destroy();
    this.#socket.destroy();
    this.#owner.gone(this);
  }

  #greet(): void {
    const excess = this.#transport.excess(this.#socket);
    if (excess) return this.destroy(excess);
    if (this.scheme === 'https' && (this.#socket as TLSSocket).alpnProtocol !== 'h2')
      return this.destroy(new LoomError('tls-failed', 'the upstream does not offer HTTP/2 by ALPN'));
    const session = connect(`${this.scheme}://upstream`, {
      createConnection: () => this.#socket,
      settings: { enablePush: false, initialWindowSize: streamWindow, maxHeaderListSize: maxHeadBytes },
      // Each field counts with 32 bytes besides its octets (section 6.5.2): no limit of its own.
      maxHeaderListPairs: maxHeadBytes / 32,
      maxSendHeaderBlockLength: maxHeadBytes,
      strictFieldWhitespaceValidation: true,
    });
    this.#session = session;
    session.on('remoteSettings', ({ maxConcurrentStreams = maxStreams }) => {
      this.#limit = Math.min(maxStreams, maxConcurrentStreams);
      if (!this.#open) this.#begin(session);
      if (this.hasRoom) this.#owner.roomy(this);
    });
    session.on('goaway', (_code: number, lastStreamId: number) => {
      this.#lastSeen = lastStreamId;
      this.retire();
    });
    session.on('error', (error) => this.destroy(this.#failureOf(error)));
    session.on('close', () => this.destroy(this.#transport.failure(undefined, this.#open)));
  }

  #begin(session: ClientHttp2Session): void {
    clearTimeout(this.#connectTimer);
    this.#open = true;
    this.#idleSince = performance.now();
    session.setLocalWindowSize(sessionWindow);
  }

  #failureOf(error: NodeJS.ErrnoException): LoomError {
    // What nghttp2 could not understand: HTTP/1 for one.
    if (error.code === 'ERR_HTTP2_ERROR') return new LoomError('upstream-protocol', error.message, error);
    return this.#transport.failure(error, this.#open);
  }
}
