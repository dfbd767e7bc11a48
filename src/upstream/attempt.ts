import type { LiveEndpoint } from '../balance/endpoints.ts';
import { LoomError, type ErrorCode } from '../errors.ts';
import { lendTo, type BodySink, type BodySource } from '../http/body.ts';
import type { Exchange, ResponseHead } from '../http/exchange.ts';
import { grpcTimeoutMs, isGrpc } from '../http/grpc.ts';
import type { HeaderList } from '../http/headers.ts';
import type { Reply } from '../middleware/middleware.ts';
import type { Timeouts } from '../model/model.ts';
import type { Upstream } from '../model/upstream.ts';
import type { Pools, Timed } from './pools.ts';
import type { Receiver, ResponseBody, UpstreamRequest } from './request.ts';
import { Tunnel } from './tunnel.ts';

/**
 * One try of one request at one endpoint, and the body of its response. Every end of it counts the request out exactly once.
 */
export class Attempt implements Receiver, BodySource, BodySink, Timed {
  length: number | undefined;
  place: number | undefined;
  readonly #exchange: Exchange;
  readonly #endpoint: LiveEndpoint;
  readonly #pools: Pools;
  readonly #upstream: Upstream;
  readonly #responseMs: number;
  readonly #maxBodyBytes: number;
  readonly #tunnelIdleMs: number;
  readonly #ended: (() => void) | undefined;
  readonly #head = Promise.withResolvers<Reply>();
  #request: UpstreamRequest | undefined;
  #body: ResponseBody | undefined;
  #sink: BodySink | undefined;
  /** Of the body, before somebody read it. */
  #failure: LoomError | undefined;
  #over = false;
  /** What is awaited from the upstream, until when, and what it means when it does not come. */
  #deadline = Infinity;
  #late: ErrorCode = 'connect-timeout';
  #idleMs: number;
  #tunnel: Tunnel | undefined;
  /** Of the whole exchange. */
  #lastMoment: number;
  /** The client has set that. */
  #isClientsTime = false;
  /** Of the head of the response. */
  #headMoment: number;
  /** What `#lastMoment` becomes when it shows that the exchange is a stream. */
  readonly #streamMoment: number;

  constructor(
    exchange: Exchange,
    endpoint: LiveEndpoint,
    pools: Pools,
    limits: {
      readonly upstream: Upstream;
      readonly timeouts: Timeouts;
      /** 0: no limit. */
      readonly maxBodyBytes: number;
      /** Of a rule without one of its own; 0: no limit. */
      readonly tunnelIdleMs: number;
      /** Called once it is over. */
      readonly ended: (() => void) | undefined;
    },
  ) {
    this.#exchange = exchange;
    this.#endpoint = endpoint;
    this.#pools = pools;
    const { requestMs, responseMs, idleMs, perTryMs = 0, streamMs = 0 } = limits.timeouts;
    const { startedAt } = exchange;
    this.#streamMoment = streamMs > 0 ? startedAt + streamMs : Infinity;
    this.#headMoment = perTryMs > 0 ? performance.now() + perTryMs : Infinity;
    // A stream of gRPC may be silent for as long as its deadline lets it, and nothing tells it from a call of two messages.
    const isCall = isGrpc(exchange.request.headers);
    this.#responseMs = isCall ? 0 : responseMs;
    this.#idleMs = isCall ? 0 : idleMs;
    if (isCall) {
      const deadline = startedAt + (grpcTimeoutMs(exchange.request.headers) ?? Infinity);
      this.#lastMoment = Math.min(deadline, this.#streamMoment);
      this.#isClientsTime = deadline < this.#streamMoment;
    } else this.#lastMoment = requestMs > 0 ? startedAt + requestMs : Infinity;
    this.#upstream = limits.upstream;
    this.#maxBodyBytes = limits.maxBodyBytes;
    this.#tunnelIdleMs = limits.timeouts.tunnelMs ?? limits.tunnelIdleMs;
    this.#ended = limits.ended;
  }

  /** Sends the request; resolves with the head of the response. Rejects with LoomError. */
  run(): Promise<Reply> {
    const exchange = this.#exchange;
    this.#endpoint.begin();
    exchange.onAbort((reason) => this.cancel(reason));
    if (this.#over) return this.#head.promise;
    this.#pools.watch(this);
    try {
      const pool = this.#pools.get(this.#endpoint, this.#upstream, exchange);
      this.#request = pool.begin(exchange, this.#maxBodyBytes, this);
    } catch (error) {
      this.failed(error as LoomError);
      return this.#head.promise;
    }
    if (this.#request.connected) this.connected();
    else this.dialled();
    return this.#head.promise;
  }

  dialled(): void {
    this.#await('connect-timeout', this.#upstream.connectTimeoutMs);
  }

  connected(): void {
    this.#deadline = Infinity;
    this.#request?.send();
  }

  sent(): void {
    if (!this.#over && !this.#body) this.#await('response-timeout', this.#responseMs);
  }

  check(now: number): void {
    if (this.#tunnel) {
      const silentMs = now - this.#tunnel.movedAt;
      if (this.#tunnelIdleMs > 0 && silentMs > this.#tunnelIdleMs) this.failed(new LoomError('idle-timeout'));
      else if (now > this.#lastMoment) this.#expire('exchange-timeout');
    } else if (now > this.#lastMoment) this.#expire('exchange-timeout');
    else if (now > this.#headMoment) this.#expire('response-timeout', 'of one try');
    else if (now > this.#deadline) {
      // Who is asked to wait is not silent.
      if (this.#late === 'idle-timeout' && this.#body?.blocked) this.progressed();
      else this.failed(new LoomError(this.#request?.isQueued ? 'upstream-overloaded' : this.#late));
    }
  }

  informed(head: ResponseHead): void {
    this.progressed();
    // 100 is between Loom and the upstream: the client has been told when its body was first wanted.
    if (head.status !== 100) this.#exchange.wire.inform?.(head);
  }

  answered(head: ResponseHead, body: ResponseBody | Buffer | undefined, upgrade?: string): void {
    this.#headMoment = Infinity;
    if (head.status === 101) return this.#open(head.headers, upgrade, body as ResponseBody);
    head.headers.delete('trailer');
    if (body === undefined || Buffer.isBuffer(body)) {
      this.#exchange.responseBytes += body?.length ?? 0;
      this.#head.resolve({ head, body });
      return;
    }
    this.length = body.length;
    this.#body = body;
    if (this.#lastMoment !== this.#streamMoment && isEventStream(head)) this.#lastMoment = this.#streamMoment;
    this.#await('idle-timeout', this.#idleMs);
    this.#head.resolve({ head, body: this });
  }

  progressed(): void {
    if (this.#deadline !== Infinity && this.#late === 'idle-timeout')
      this.#await('idle-timeout', this.#idleMs);
  }

  completed(): void {
    const request = this.#request;
    this.#end();
    // The upstream has answered what it has not read: the rest of the request has nowhere to go.
    if (request && !request.isSent)
      request.abandon(new LoomError('upstream-reset', 'it answered before the request was complete'));
  }

  failed(error: LoomError): void {
    if (!this.#end()) return;
    this.#request?.abandon(error);
    this.#head.reject(error);
    this.#failure = error;
    this.fail(error);
  }

  start(sink: BodySink): void {
    if (this.#failure) return sink.fail(this.#failure);
    this.#sink = sink;
    this.#body?.start(this);
  }

  resume(): void {
    this.#body?.resume();
  }

  data(piece: Buffer): boolean {
    this.#exchange.responseBytes += piece.length;
    return this.#sink?.data(piece) ?? true;
  }

  lend(bytes: Buffer): boolean {
    this.#exchange.responseBytes += bytes.length;
    return this.#sink ? lendTo(this.#sink, bytes) : true;
  }

  end(trailers?: HeaderList): void {
    this.#sink?.end(trailers);
  }

  fail(error: Error): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.fail(error);
  }

  /** The reader wants no more, or the client is gone. */
  cancel(reason: Error): void {
    this.#sink = undefined;
    this.failed(reason instanceof LoomError ? reason : new LoomError('client-abort', reason.message));
  }

  #open(headers: HeaderList, protocol: string | undefined, body: ResponseBody): void {
    const { upgrade } = this.#exchange;
    if (!upgrade || protocol === undefined) {
      return this.failed(new LoomError('upstream-protocol', '101 without being asked'));
    }
    headers.append('upgrade', protocol);
    this.#body = body;
    const tunnel = new Tunnel(upgrade.protocol, this);
    this.#tunnel = tunnel;
    upgrade.tunnel = tunnel;
    this.#deadline = Infinity;
    this.#lastMoment = this.#streamMoment;
    this.#request?.tunnel(tunnel.upward(upgrade.bytes));
    this.#head.resolve({ head: { status: 101, headers }, body: tunnel });
  }

  /** Too late; whether by the upstream is not known while the client still sends, or where it has said how long it waits. */
  #expire(code: ErrorCode, detail?: string): void {
    const { connected = false, isSent = true } = this.#request ?? {};
    const error = new LoomError(code, detail);
    error.isNeutral = this.#isClientsTime || (connected && !isSent);
    this.failed(error);
  }

  #await(late: ErrorCode, ms: number): void {
    this.#late = late;
    this.#deadline = ms === 0 ? Infinity : performance.now() + ms;
  }

  /** The end of the exchange with the upstream in whatever way: counts the request out, once. */
  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#pools.forget(this);
    this.#endpoint.end();
    this.#ended?.();
    this.#exchange.onAbort(undefined);
    return true;
  }
}

/** Server-sent events (WHATWG HTML section 9.2). */
const isEventStream = ({ headers }: ResponseHead): boolean =>
  headers.get('content-type')?.startsWith('text/event-stream') ?? false;
