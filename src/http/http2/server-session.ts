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
import { LiveSet, type Living } from '../../structures/live-set.ts';
import { originOf, type ConnectionOrigin } from '../connection-origin.ts';
import type { Downstream, DownstreamParts } from '../downstream.ts';
import { Exchange, type OpenTunnel } from '../exchange.ts';
import { abuseOf, FloodGuard, type Abuse } from './flood-guard.ts';
import { readRequestHead } from './request-head.ts';
import { Http2Wire } from './server-wire.ts';
import { StreamBody } from './stream-body.ts';

interface Live extends Living {
  readonly exchange: Exchange;
  readonly wire: Http2Wire;
  readonly body: StreamBody | undefined;
}

const windowBytes = 65_535;
/** How long a session that has no stream may take to close. */
const closingMs = 2000;

/** What ends a connection that is used as a weapon in nghttp2 itself; its limit of resets only has to hold until ours is asked. */
const sessionOptions = ({ maxHeaderBytes, http2MaxStreams }: Limits): ServerOptions => ({
  settings: {
    maxConcurrentStreams: http2MaxStreams,
    maxHeaderListSize: maxHeaderBytes,
    enableConnectProtocol: true,
  },
  // Each field counts with 32 bytes besides its octets (RFC 9113 section 6.5.2): no limit of its own.
  maxHeaderListPairs: Math.ceil(maxHeaderBytes / 32),
  maxSendHeaderBlockLength: 256 * 1024,
  maxOutstandingPings: 10,
  maxSettings: 32,
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
  streamResetBurst: 20_000,
  streamResetRate: 20_000,
  strictFieldWhitespaceValidation: true,
});

function stalled(): LoomError {
  const error = new LoomError('client-abort', 'the client takes nothing of its response');
  error.resetCode = constants.NGHTTP2_CANCEL;
  return error;
}

/** One HTTP/2 connection of a client over node:http2: a stream for each exchange. */
export class ServerSession implements Downstream {
  place: number | undefined;
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;
  readonly #parts: DownstreamParts;
  readonly #origin: ConnectionOrigin;
  readonly #live = new LiveSet<Live>();
  readonly #guard: FloodGuard;
  /** `performance.now()` since when there is no stream. */
  #idleSince: number;
  #hadRequest = false;
  /** `performance.now()` since when the session is to close by itself. */
  #closingSince = Infinity;
  #isEnded = false;

  /** `socket` may hold the first bytes of the client already (`unshift`). */
  constructor(socket: Socket, parts: DownstreamParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#origin = originOf(socket, parts.listener);
    this.#idleSince = performance.now();
    this.#guard = new FloodGuard(parts.limits, this.#idleSince);
    const session = performServerHandshake(socket, sessionOptions(parts.limits));
    this.#session = session;
    session.on('stream', (stream, _fields, flags, raw) => this.#accept(stream, flags, raw));
    // Each failure ends the session and says so by 'close'.
    session.on('error', (error: NodeJS.ErrnoException) => {
      const abuse = abuseOf(error);
      if (abuse && !this.#isEnded) this.#tell(abuse, error.message);
    });
    session.on('close', () => parts.closed(this));
    // Sockets of a listener stay open until both sides have ended, for the sake of HTTP/1: node:http2 would not hear of it.
    socket.once('end', () => (parts.limits.halfClose ? this.stop() : this.destroy()));
  }

  /** Called several times a second. */
  check(now: number): void {
    const { clientIdleMs, keepAliveMs, headerTimeoutMs } = this.#parts.limits;
    const all = this.#live.values();
    for (const live of all) this.#credit(live);
    if (this.#guard.hasTooMuchOverhead(now, this.#socket.bytesRead))
      return this.#end('overhead', 'too many frames that bring nothing');
    if (this.#live.size === 0) {
      const limit = this.#hadRequest ? keepAliveMs : headerTimeoutMs;
      if (limit > 0 && now - this.#idleSince > limit) this.stop();
      // A client that takes nothing keeps a session from closing.
      if (now - this.#closingSince > closingMs) this.destroy();
      return;
    }
    if (clientIdleMs === 0) return;
    for (const { wire, body, exchange } of all) {
      // A tunnel has a limit of its own.
      if (exchange.upgrade?.tunnel) continue;
      // Not even the reset of its stream went out.
      if (now - wire.givenUpAt > clientIdleMs) return this.#end('stalled', 'it takes no bytes at all');
      if (wire.givenUpAt < Infinity) continue;
      if (now - wire.stalledSince > clientIdleMs) wire.reset(stalled());
      else if (body && now - body.waitingSince > clientIdleMs)
        body.fail(new LoomError('request-timeout', 'silence in the body'));
    }
  }

  get tunnels(): readonly OpenTunnel[] {
    return this.#live.values().flatMap(({ exchange }) => exchange.upgrade?.tunnel ?? []);
  }

  /** GOAWAY: streams that have begun end in their own time, new ones go elsewhere (RFC 9113 section 6.8). */
  stop(): void {
    this.#closingSince = Math.min(this.#closingSince, performance.now());
    this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
    this.#socket.destroy();
  }

  /** Ends the connection, and that of nobody else. */
  #end(abuse: Abuse, detail: string): void {
    if (this.#isEnded) return;
    this.#tell(abuse, detail);
    this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    this.#socket.destroy();
  }

  #tell(abuse: Abuse, detail: string): void {
    this.#isEnded = true;
    this.#parts.abused(abuse, `${this.#origin.client.address}: ${detail}`);
  }

  /** Bytes that came for streams, or in return for what was sent on them. */
  #credit({ wire, body }: Live): void {
    this.#guard.useful(wire.returns + (body?.received ?? 0));
    wire.returns = 0;
    if (body) body.received = 0;
  }

  #accept(stream: ServerHttp2Stream, flags: number, raw: readonly string[]): void {
    this.#hadRequest = true;
    const { head, protocol, refusal, bytes } = readRequestHead(raw, this.#parts.scheme, this.#parts.limits);
    this.#guard.request(bytes);
    const length = head.headers.get('content-length');
    const ended = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    const body = ended
      ? undefined
      : new StreamBody(stream, length === undefined ? undefined : Number(length));
    const wire = new Http2Wire(stream, head.method, body);
    const tunnel = protocol !== undefined && body !== undefined;
    const exchange = new Exchange(wire, head, tunnel ? undefined : body, this.#origin);
    if (tunnel) {
      exchange.upgrade = { protocol, bytes: body };
      // The upstream may speak HTTP/1, whose handshake wants a key; whoever made none does not check the answer.
      if (protocol === 'websocket' && !head.headers.has('sec-websocket-key'))
        head.headers.append('sec-websocket-key', randomBytes(16).toString('base64'));
    }
    exchange.refusal = refusal;
    const live: Live = { place: undefined, exchange, wire, body };
    this.#live.add(live);
    stream.on('error', () => undefined);
    stream.on('close', () => this.#closed(stream, live));
    this.#parts.handle(exchange);
  }

  #closed(stream: ServerHttp2Stream, live: Live): void {
    if (!this.#live.delete(live)) return;
    this.#credit(live);
    if (this.#live.size === 0) this.#idleSince = performance.now();
    const { wire, body, exchange } = live;
    const complete = stream.writableFinished && wire.isSent;
    if (complete) this.#guard.completed();
    else if (wire.givenUpAt === Infinity && this.#guard.reset())
      this.#end('resets', 'too many streams were taken back');
    // Of a body that nobody wanted any more a whole window may have been on its way.
    if (body && !stream.readableEnded) this.#guard.useful(windowBytes);
    // By far the most streams end so; an error with its stack is what they cost most.
    if (complete && (!body || body.over)) return;
    const error = new LoomError('client-abort', `stream closed with code ${stream.rstCode}`);
    error.resetCode = stream.rstCode === constants.NGHTTP2_NO_ERROR ? undefined : stream.rstCode;
    if (!complete) wire.closed(error);
    body?.fail(error);
    if (!complete) exchange.abort(error);
  }
}
