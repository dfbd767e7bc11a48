import { randomBytes } from 'node:crypto';
import { LoomError } from '../../errors.ts';
import { LiveSet, type Living } from '../../structures/live-set.ts';
import type { ConnectionOrigin } from '../connection-origin.ts';
import type { Downstream, DownstreamParts } from '../downstream.ts';
import { Exchange, type OpenTunnel } from '../exchange.ts';
import { FloodGuard } from '../http2/flood-guard.ts';
import { readRequestHead } from '../http2/request-head.ts';
import { h3Codes } from './codes.ts';
import type { Http3Connection, Http3ConnectionListener, Http3Stream, Http3StreamListener } from './engine.ts';
import { RequestBody } from './request-body.ts';
import { Http3Wire } from './server-wire.ts';

interface Live extends Living {
  readonly exchange: Exchange;
  readonly wire: Http3Wire;
  readonly body: RequestBody | undefined;
}

/** So long a client with a request may be silent before it is asked whether it is there. */
const silentMs = 10_000;

/** One connection of HTTP/3: an exchange for each of its requests, as on the other wires. */
export class Http3Session implements Downstream, Http3ConnectionListener {
  place: number | undefined;
  readonly #connection: Http3Connection;
  readonly #parts: DownstreamParts;
  readonly #live = new LiveSet<Live>();
  readonly #guard: FloodGuard;
  #idleSince: number;
  #hadRequest = false;
  #pingedAt: number;
  #isStopping = false;
  #isClosed = false;

  constructor(connection: Http3Connection, parts: DownstreamParts) {
    this.#connection = connection;
    this.#parts = parts;
    this.#idleSince = this.#pingedAt = performance.now();
    this.#guard = new FloodGuard(parts.limits, this.#idleSince);
  }

  request(
    stream: Http3Stream,
    fields: readonly string[],
    isTooLarge: boolean,
    ended: boolean,
  ): Http3StreamListener {
    this.#hadRequest = true;
    const { limits, listener } = this.#parts;
    const { head, protocol, refusal, bytes } = readRequestHead(fields, 'https', limits);
    this.#guard.request(bytes);
    const length = head.headers.get('content-length');
    const body = ended
      ? undefined
      : new RequestBody(stream, length === undefined ? undefined : Number(length));
    const wire = new Http3Wire(stream, head.method, body);
    const isTunnel = protocol !== undefined && body !== undefined;
    const { client, local, facts } = this.#connection;
    const origin: ConnectionOrigin = { listener, client, local, connection: facts };
    const exchange = new Exchange(wire, head, isTunnel ? undefined : body, origin);
    if (isTunnel) {
      exchange.upgrade = { protocol, bytes: body };
      // The upstream may speak HTTP/1, whose handshake wants a key; whoever made none does not check the answer.
      if (protocol === 'websocket' && !head.headers.has('sec-websocket-key'))
        head.headers.append('sec-websocket-key', randomBytes(16).toString('base64'));
    }
    exchange.refusal = isTooLarge
      ? new LoomError('headers-too-large', `more than ${limits.maxHeaderBytes} bytes`)
      : refusal;
    const live: Live = { place: undefined, exchange, wire, body };
    this.#live.add(live);
    this.#parts.handle(exchange);
    return this.#listenerOf(stream, live);
  }

  broken(reason: string): void {
    if (!this.#isClosed) this.#parts.abused('protocol', `${this.#connection.client.address}: ${reason}`);
  }

  closed(): void {
    this.#isClosed = true;
    this.#parts.closed(this);
  }

  /** Called several times a second. */
  check(now: number): void {
    const { clientIdleMs, keepAliveMs, headerTimeoutMs } = this.#parts.limits;
    this.#guard.hasTooMuchOverhead(now, 0);
    if (this.#live.size === 0) {
      const limit = this.#hadRequest ? keepAliveMs : headerTimeoutMs;
      if (this.#isStopping || (limit > 0 && now - this.#idleSince > limit))
        this.#connection.close(h3Codes.noError, 'idle');
      return;
    }
    if (now - this.#pingedAt > silentMs) {
      this.#pingedAt = now;
      this.#connection.ping();
    }
    if (clientIdleMs === 0) return;
    for (const { wire, body, exchange } of this.#live.values()) {
      // A tunnel has a limit of its own.
      if (exchange.upgrade?.tunnel) continue;
      if (now - wire.stalledSince > clientIdleMs)
        wire.reset(new LoomError('client-abort', 'the client takes nothing of its response'));
      else if (body && now - body.waitingSince > clientIdleMs)
        body.fail(new LoomError('request-timeout', 'silence in the body'));
    }
  }

  get tunnels(): readonly OpenTunnel[] {
    return this.#live.values().flatMap(({ exchange }) => exchange.upgrade?.tunnel ?? []);
  }

  /** GOAWAY: requests that have begun end in their own time, new ones go elsewhere (RFC 9114 section 5.2). */
  stop(): void {
    this.#isStopping = true;
    this.#connection.goaway();
    if (this.#live.size === 0) this.#connection.close(h3Codes.noError, 'stopped');
  }

  destroy(): void {
    this.#connection.close(h3Codes.noError, 'stopped');
  }

  #listenerOf(stream: Http3Stream, live: Live): Http3StreamListener {
    const { wire, body, exchange } = live;
    const gone = (code: number): void => {
      const error = new LoomError('client-abort', `stream reset with code ${code}`);
      body?.fail(error);
      if (wire.isSent) return;
      wire.closed(error);
      exchange.abort(error);
    };
    return {
      data: (piece) => body?.data(piece) ?? true,
      ended: (trailers) => body?.ended(trailers),
      reset: (code) => {
        gone(code);
        stream.reset(h3Codes.requestCancelled);
      },
      stopped: (code) => {
        gone(code);
        stream.stop(h3Codes.requestCancelled);
      },
      drained: () => wire.drained(),
      closed: () => this.#over(live, gone),
    };
  }

  #over(live: Live, gone: (code: number) => void): void {
    if (!this.#live.delete(live)) return;
    if (this.#live.size === 0) this.#idleSince = performance.now();
    if (live.wire.isSent) return this.#guard.completed();
    if (!live.wire.isGivenUp && !this.#isClosed && this.#guard.reset()) {
      this.#parts.abused('resets', `${this.#connection.client.address}: too many streams were taken back`);
      this.#connection.close(h3Codes.excessiveLoad, 'too many resets');
    }
    gone(h3Codes.requestCancelled);
  }
}
