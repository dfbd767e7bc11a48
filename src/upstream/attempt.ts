import type { LiveEndpoint } from '../balance/endpoints.ts';
import { LoomError, type ErrorCode } from '../errors.ts';
import type { BodySink, BodySource } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';
import type { HeaderList } from '../http/headers.ts';
import type { IncomingBody } from '../http/http1/incoming-body.ts';
import type { Http1Response } from '../http/http1/response-head.ts';
import type { Reply } from '../middleware/middleware.ts';
import type { Timeouts } from '../model/model.ts';
import type { ClientConnection, Receiver } from './http1/client-connection.ts';
import { RequestSender } from './http1/request-sender.ts';
import type { Pools, Timed } from './pools.ts';

/** A tunnel may be silent for long: both ends have their own ways to find out. */
const tunnelIdleMs = 3_600_000;

/**
 * One try of one request at one endpoint, and the body of its response. Every end of it counts the request out exactly once.
 */
export class Attempt implements Receiver, BodySource, BodySink, Timed {
  length: number | undefined;
  readonly #exchange: Exchange;
  readonly #endpoint: LiveEndpoint;
  readonly #pools: Pools;
  readonly #timeouts: Timeouts;
  readonly #connectTimeoutMs: number;
  readonly #sender: RequestSender;
  readonly #head = Promise.withResolvers<Reply>();
  #connection!: ClientConnection;
  #body: IncomingBody | undefined;
  #sink: BodySink | undefined;
  #over = false;
  /** What is awaited from the upstream, until when, and what it means when it does not come. */
  #deadline = Infinity;
  #late: ErrorCode = 'connect-timeout';
  #idleMs: number;
  /** Of the whole exchange. */
  #lastMoment = Infinity;

  constructor(
    exchange: Exchange,
    endpoint: LiveEndpoint,
    pools: Pools,
    limits: {
      readonly timeouts: Timeouts;
      readonly connectTimeoutMs: number;
      /** 0: no limit. */
      readonly maxBodyBytes: number;
    },
  ) {
    this.#exchange = exchange;
    this.#endpoint = endpoint;
    this.#pools = pools;
    this.#timeouts = limits.timeouts;
    this.#idleMs = limits.timeouts.idleMs;
    this.#connectTimeoutMs = limits.connectTimeoutMs;
    this.#sender = new RequestSender(exchange, limits.maxBodyBytes, {
      sent: () => this.#requestSent(),
      failed: (error) => this.#stop(error),
    });
  }

  /** Sends the request; resolves with the head of the response. Rejects with LoomError. */
  run(): Promise<Reply> {
    const exchange = this.#exchange;
    const { requestMs } = this.#timeouts;
    this.#endpoint.begin();
    exchange.onAbort((reason) => this.cancel(reason));
    if (this.#over) return this.#head.promise;
    if (requestMs > 0) this.#lastMoment = exchange.startedAt + requestMs;
    this.#pools.watch(this);
    const connection = this.#pools.get(this.#endpoint).take();
    this.#connection = connection;
    connection.take(this, exchange.request.method);
    if (connection.connected) this.connected();
    else this.#await('connect-timeout', this.#connectTimeoutMs);
    return this.#head.promise;
  }

  connected(): void {
    this.#deadline = Infinity;
    this.#sender.start(this.#connection.socket);
  }

  check(now: number): void {
    if (now > this.#lastMoment) this.#stop(new LoomError('exchange-timeout'));
    else if (now > this.#deadline) {
      // Who is asked to wait is not silent.
      if (this.#late === 'idle-timeout' && this.#body?.blocked) this.progressed();
      else this.#stop(new LoomError(this.#late));
    }
  }

  informed({ status, fields }: Http1Response): void {
    this.progressed();
    // 100 is between Loom and the upstream: the client has been told when its body was first wanted.
    if (status !== 100) this.#exchange.wire.inform?.({ status, headers: fields.list });
  }

  answered({ status, fields }: Http1Response, body: IncomingBody | Buffer | undefined): void {
    const { list: headers } = fields;
    if (status === 101) return this.#tunnel(headers, fields.upgrade, body as IncomingBody);
    headers.delete('trailer');
    const head = { status, headers };
    if (body === undefined || Buffer.isBuffer(body)) {
      this.#exchange.responseBytes += body?.length ?? 0;
      this.#head.resolve({ head, body });
      return;
    }
    this.length = body.length;
    this.#body = body;
    this.#await('idle-timeout', this.#idleMs);
    this.#head.resolve({ head, body: this });
  }

  progressed(): void {
    if (this.#deadline !== Infinity && this.#late === 'idle-timeout')
      this.#await('idle-timeout', this.#idleMs);
  }

  completed(): void {
    const early = !this.#sender.over;
    this.#end();
    if (!early) return;
    // The upstream has answered what it has not read: the rest of the request has nowhere to go.
    this.#sender.stop(new LoomError('upstream-reset', 'it answered before the request was complete'));
    this.#connection.destroy();
  }

  failed(error: LoomError): void {
    if (!this.#end()) return;
    this.#sender.stop(error);
    this.#head.reject(error);
  }

  drained(): void {
    this.#sender.drained();
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    this.#body?.start(this);
  }

  resume(): void {
    this.#body?.resume();
  }

  data(piece: Buffer): boolean {
    this.#exchange.responseBytes += piece.length;
    return (this.#sink as BodySink).data(piece);
  }

  end(trailers?: HeaderList): void {
    this.#sink?.end(trailers);
  }

  fail(error: Error): void {
    this.#sink?.fail(error);
  }

  /** The reader wants no more, or the client is gone. */
  cancel(reason: Error): void {
    this.#sink = undefined;
    this.#stop(reason instanceof LoomError ? reason : new LoomError('client-abort', reason.message));
  }

  #stop(error: LoomError): void {
    if (!this.#end()) return;
    this.#connection?.destroy();
    this.#sender.stop(error);
    this.#head.reject(error);
    this.#sink?.fail(error);
  }

  #requestSent(): void {
    this.#connection.sent();
    if (!this.#over && !this.#body) this.#await('response-timeout', this.#timeouts.responseMs);
  }

  #tunnel(headers: HeaderList, protocol: string | undefined, body: IncomingBody): void {
    const { upgrade } = this.#exchange;
    if (!upgrade || protocol === undefined) {
      return this.#stop(new LoomError('upstream-protocol', '101 without being asked'));
    }
    headers.append('upgrade', protocol);
    this.#body = body;
    this.#idleMs = tunnelIdleMs;
    this.#lastMoment = Infinity;
    this.#await('idle-timeout', this.#idleMs);
    this.#sender.tunnel(upgrade.bytes, this.#connection.socket);
    this.#head.resolve({ head: { status: 101, headers }, body: this });
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
    this.#exchange.onAbort(undefined);
    return true;
  }
}
