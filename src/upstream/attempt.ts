import type { Dispatcher, Pool } from 'undici';
import type { LiveEndpoint } from '../balance/endpoints.ts';
import { LoomError } from '../errors.ts';
import type { BodySink, BodySource } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';
import { HeaderList } from '../http/headers.ts';
import type { Reply } from '../middleware/middleware.ts';
import type { Timeouts } from '../model/model.ts';
import { toLoomError } from './failures.ts';
import { RequestStream } from './request-stream.ts';
import { responseFields } from './response-fields.ts';

/** Pieces that came before anyone read them; the socket pauses above this. */
const maxQueuedBytes = 64 * 1024;

/**
 * One try of one request at one endpoint: undici's handler, and the body of its response. What arrives together with the
 * head is queued, so a small response is whole when its reader comes, and goes out in one write.
 */
export class Attempt implements Dispatcher.DispatchHandler, BodySource {
  length: number | undefined;
  readonly #exchange: Exchange;
  readonly #endpoint: LiveEndpoint;
  readonly #head = Promise.withResolvers<Reply>();
  readonly #queue: Buffer[] = [];
  #status = 0;
  #headers = new HeaderList();
  #queuedBytes = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #sink: BodySink | undefined;
  #reason: LoomError | undefined;
  #over = false;
  #trailers: HeaderList | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The request may have reached the upstream. */
  sent = false;

  constructor(exchange: Exchange, endpoint: LiveEndpoint) {
    this.#exchange = exchange;
    this.#endpoint = endpoint;
  }

  /** Sends the request; resolves with the head of the response. Rejects with LoomError. */
  async run(pool: Pool, timeouts: Timeouts, maxBodyBytes: number): Promise<Reply> {
    const exchange = this.#exchange;
    const { request, requestBody } = exchange;
    this.#endpoint.begin();
    exchange.onAbort((reason) => this.cancel(reason));
    if (timeouts.requestMs > 0) {
      const left = timeouts.requestMs - (performance.now() - exchange.startedAt);
      this.#timer = setTimeout(() => this.cancel(new LoomError('exchange-timeout')), Math.max(1, left));
    }
    pool.dispatch(
      {
        path: request.query === '' ? request.path : `${request.path}?${request.query}`,
        method: request.method,
        headers: ['host', request.authority, ...request.headers.flat],
        body: requestBody ? new RequestStream(requestBody, exchange, maxBodyBytes) : null,
        headersTimeout: timeouts.responseMs,
        bodyTimeout: timeouts.idleMs,
      },
      this,
    );
    await this.#head.promise;
    // What undici parsed in one go with the head is here by now: only promises have run since.
    return this.#toReply();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.sent = true;
    if (this.#reason) controller.abort(this.#reason);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = responseFields(controller.rawHeaders as Buffer[]);
    const length = this.#headers.get('content-length');
    this.length = length === undefined ? undefined : Number(length);
    this.#head.resolve(undefined as never);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    this.#exchange.responseBytes += chunk.length;
    if (this.#sink) {
      if (!this.#sink.data(chunk)) controller.pause();
      return;
    }
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes > maxQueuedBytes) controller.pause();
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    const raw = controller.rawTrailers as Buffer[] | null;
    if (raw && raw.length > 0) this.#trailers = responseFields(raw);
    if (!this.#end()) return;
    this.#sink?.end(this.#trailers);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#end()) return;
    const known = this.#reason ?? toLoomError(error, this.sent);
    this.#reason = known;
    this.#head.reject(known);
    this.#sink?.fail(known);
  }

  start(sink: BodySink): void {
    let wants = true;
    for (const chunk of this.#queue.splice(0)) wants = sink.data(chunk);
    if (this.#over) {
      if (this.#reason) sink.fail(this.#reason);
      else sink.end(this.#trailers);
      return;
    }
    this.#sink = sink;
    if (wants) this.#controller?.resume();
    else this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  cancel(reason: Error): void {
    const known = reason instanceof LoomError ? reason : new LoomError('client-abort', reason.message);
    this.#reason ??= known;
    if (this.#over) return;
    // The reader that cancels does not want to hear of it again; a timeout is news to it.
    const sink = known.code === 'exchange-timeout' ? this.#sink : undefined;
    this.#end();
    this.#head.reject(known);
    sink?.fail(known);
    this.#controller?.abort(known);
  }

  /** The end of the response in whatever way: counts the request out, once. */
  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#endpoint.end();
    this.#exchange.onAbort(undefined);
    return true;
  }

  #toReply(): Reply {
    const head = { status: this.#status, headers: this.#headers };
    if (!this.#over || this.#reason || this.#trailers) return { head, body: this };
    if (this.#queue.length === 0) return { head, body: undefined };
    return { head, body: this.#queue.length === 1 ? this.#queue[0] : Buffer.concat(this.#queue) };
  }
}
