import type { Dispatcher, Pool } from 'undici';
import { errors, LoomError } from '../../errors.ts';
import { HeaderList } from '../../http/headers.ts';
import { toLoomError } from '../failures.ts';
import { responseFields } from '../response-fields.ts';
import type { Destination } from './destination.ts';
import type { HttpPools, Waiter } from './http-pools.ts';
import { verdictOf, Visit, type Verdict } from './visit.ts';

export interface CallRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly authority: string;
  /** Speaks TLS to an address; an upstream says itself what it speaks. */
  readonly secure: boolean;
  /** [name, value, …] without those that frame the message. */
  readonly headers: readonly string[];
  readonly body: Buffer | undefined;
  /** From now to the last byte of the response, 0 for no limit. */
  readonly timeoutMs: number;
}

export interface CallResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer;
  readonly trailers: HeaderList;
}

/** Hears of a call exactly once, and never before the call that began it has returned; of a cancelled one not at all. */
export interface CallListener {
  /** Asked for each piece of the response; false ends the call. */
  admit(bytes: number): boolean;
  response(response: CallResponse): void;
  /** `begun`: the response had begun, and what there is of it is lost. */
  failed(error: LoomError, begun: boolean): void;
}

/** One HTTP/1.1 request that a plugin makes, with its response as a whole. */
export class HttpCall implements Dispatcher.DispatchHandler, Waiter {
  readonly #request: CallRequest;
  readonly #listener: CallListener;
  readonly #pools: HttpPools;
  readonly #chunks: Buffer[] = [];
  #visit: Visit | undefined;
  #timer: NodeJS.Timeout | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers = new HeaderList();
  #sent = false;
  #begun = false;
  #origin = '';
  #over = false;
  #cancelled = false;

  constructor(to: Destination, request: CallRequest, pools: HttpPools, listener: CallListener) {
    this.#request = request;
    this.#listener = listener;
    this.#pools = pools;
    if (request.timeoutMs > 0)
      this.#timer = setTimeout(() => this.#fail(new LoomError('exchange-timeout')), request.timeoutMs);
    try {
      this.#visit = new Visit(to);
    } catch (error) {
      this.#fail(error as LoomError);
      return;
    }
    this.#enter(this.#visit);
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    this.#cancelled = true;
    if (this.#end('abandon')) this.#controller?.abort(new LoomError('client-abort'));
  }

  get over(): boolean {
    return this.#over;
  }

  #enter(visit: Visit): void {
    this.#origin = `${this.#request.secure ? 'https' : 'http'}://${visit.authority}`;
    this.#pools.enter(this.#origin, visit.connectTimeoutMs, this);
  }

  begin(pool: Pool): void {
    const { method, path, authority, headers, body } = this.#request;
    this.#begun = true;
    const fields = ['host', authority, ...headers];
    const limits = { headersTimeout: 0, bodyTimeout: 0 };
    pool.dispatch({ method, path, headers: fields, body: body ?? null, ...limits }, this);
  }

  /** Lets the next call have the connection; one that still waits for its turn has none. */
  #exit(): void {
    if (!this.#begun) return;
    this.#begun = false;
    this.#pools.leave(this.#origin, this.#visit?.connectTimeoutMs ?? 0);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#sent = true;
    if (this.#over) controller.abort(new LoomError('client-abort'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = responseFields(controller.rawHeaders as Buffer[]);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    if (this.#listener.admit(chunk.length)) this.#chunks.push(chunk);
    else this.#fail(new LoomError('upstream-protocol', 'the response to the call is too large'), 'success');
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    const failing = this.#status === 502 || this.#status === 503 || this.#status === 504;
    if (!this.#end(failing ? 'failure' : 'success')) return;
    const [first] = this.#chunks;
    const response = {
      status: this.#status,
      headers: this.#headers,
      body: first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks),
      trailers: responseFields((controller.rawTrailers ?? []) as Buffer[]),
    };
    this.#tell(() => this.#listener.response(response));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#over) return;
    const known = toLoomError(error, this.#sent);
    if (!this.#sent && errors[known.code].retry === 'always' && this.#visit?.next()) this.#enter(this.#visit);
    else this.#fail(known);
  }

  #fail(error: LoomError, verdict: Verdict = verdictOf(error)): void {
    if (!this.#end(verdict)) return;
    this.#controller?.abort(error);
    this.#tell(() => this.#listener.failed(error, this.#status !== 0));
  }

  /** On a stack of its own: a plugin that is stopped in its callback must not take undici's parser with it. */
  #tell(what: () => void): void {
    setImmediate(() => {
      if (!this.#cancelled) what();
    });
  }

  #end(verdict: Verdict): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#visit?.end(verdict);
    this.#exit();
    return true;
  }
}
