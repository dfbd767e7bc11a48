import { randomBytes } from 'node:crypto';
import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2';
import type { Socket } from 'node:net';
import { LoomError } from '../../errors.ts';
import type { Limits } from '../../model/settings.ts';
import { SocketFacts } from '../connection-facts.ts';
import type { Downstream, DownstreamParts } from '../downstream.ts';
import { Exchange, type OpenTunnel, type Peer } from '../exchange.ts';
import { localPeer, remotePeer } from '../peers.ts';
import { readRequestHead } from './request-head.ts';
import { Http2Wire } from './server-wire.ts';
import { StreamBody } from './stream-body.ts';

interface Live {
  readonly exchange: Exchange;
  readonly wire: Http2Wire;
  readonly body: StreamBody | undefined;
}

/**
 * What ends a connection that is used as a weapon: floods of resets, pings, settings, empty frames and header lists. The
 * reset rate is one that a busy gRPC client which cancels much stays under.
 */
const sessionOptions = ({ maxHeaderBytes }: Limits): ServerOptions => ({
  settings: { maxConcurrentStreams: 128, maxHeaderListSize: maxHeaderBytes, enableConnectProtocol: true },
  maxSendHeaderBlockLength: 256 * 1024,
  maxOutstandingPings: 10,
  maxSettings: 32,
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
  streamResetBurst: 1000,
  streamResetRate: 100,
  strictFieldWhitespaceValidation: true,
});

/** One HTTP/2 connection of a client over node:http2: a stream for each exchange. */
export class ServerSession implements Downstream {
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;
  readonly #parts: DownstreamParts;
  readonly #client: Peer;
  readonly #local: Peer;
  readonly #facts: SocketFacts;
  readonly #live = new Map<ServerHttp2Stream, Live>();
  /** `performance.now()` since when there is no stream. */
  #idleSince: number;
  #hadRequest = false;

  /** `socket` may hold the first bytes of the client already (`unshift`). */
  constructor(socket: Socket, parts: DownstreamParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#client = remotePeer(socket);
    this.#local = localPeer(socket);
    this.#facts = new SocketFacts(socket);
    this.#idleSince = performance.now();
    const session = performServerHandshake(socket, sessionOptions(parts.limits));
    this.#session = session;
    session.on('stream', (stream, _fields, flags, raw) => this.#accept(stream, flags, raw));
    // Each failure ends the session and says so by 'close'.
    session.on('error', () => undefined);
    session.on('close', () => parts.closed(this));
  }

  /** Called several times a second. */
  check(now: number): void {
    const { clientIdleMs, keepAliveMs, headerTimeoutMs } = this.#parts.limits;
    if (this.#live.size === 0) {
      const limit = this.#hadRequest ? keepAliveMs : headerTimeoutMs;
      if (limit > 0 && now - this.#idleSince > limit) this.#session.close();
      return;
    }
    if (clientIdleMs === 0) return;
    for (const [stream, { wire, body, exchange }] of this.#live) {
      // A tunnel has a limit of its own.
      if (exchange.upgrade?.tunnel) continue;
      if (now - wire.stalledSince > clientIdleMs) stream.close(constants.NGHTTP2_CANCEL);
      else if (body && now - body.waitingSince > clientIdleMs)
        body.fail(new LoomError('request-timeout', 'silence in the body'));
    }
  }

  get tunnels(): readonly OpenTunnel[] {
    return [...this.#live.values()].flatMap(({ exchange }) => exchange.upgrade?.tunnel ?? []);
  }

  /** GOAWAY: streams that have begun end in their own time, new ones go elsewhere (RFC 9113 section 6.8). */
  stop(): void {
    this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
    this.#socket.destroy();
  }

  #accept(stream: ServerHttp2Stream, flags: number, raw: readonly string[]): void {
    this.#hadRequest = true;
    const { scheme, listener } = this.#parts;
    const { head, protocol, refusal } = readRequestHead(raw, scheme);
    const length = head.headers.get('content-length');
    const ended = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    const body = ended
      ? undefined
      : new StreamBody(stream, length === undefined ? undefined : Number(length));
    const wire = new Http2Wire(stream, head.method, body);
    const tunnel = protocol !== undefined && body !== undefined;
    const exchange = new Exchange(wire, head, tunnel ? undefined : body, {
      listener,
      client: this.#client,
      local: this.#local,
      connection: this.#facts,
    });
    if (tunnel) {
      exchange.upgrade = { protocol, bytes: body };
      // The upstream may speak HTTP/1, whose handshake wants a key; whoever made none does not check the answer.
      if (protocol === 'websocket' && !head.headers.has('sec-websocket-key'))
        head.headers.append('sec-websocket-key', randomBytes(16).toString('base64'));
    }
    exchange.refusal = refusal;
    this.#live.set(stream, { exchange, wire, body });
    stream.on('error', () => undefined);
    stream.on('close', () => this.#closed(stream));
    this.#parts.handle(exchange);
  }

  #closed(stream: ServerHttp2Stream): void {
    const live = this.#live.get(stream);
    if (!live) return;
    this.#live.delete(stream);
    if (this.#live.size === 0) this.#idleSince = performance.now();
    const { wire, body, exchange } = live;
    const complete = stream.writableFinished && wire.isSent;
    // By far the most streams end so; an error with its stack is what they cost most.
    if (complete && (!body || body.over)) return;
    const error = new LoomError('client-abort', `stream closed with code ${stream.rstCode}`);
    error.resetCode = stream.rstCode === constants.NGHTTP2_NO_ERROR ? undefined : stream.rstCode;
    if (!complete) wire.closed(error);
    body?.fail(error);
    if (!complete) exchange.abort(error);
  }
}
