import { errors, LoomError } from '../../errors.ts';
import type { ResponseHead } from '../../http/exchange.ts';
import { HeaderList } from '../../http/headers.ts';
import type { Pools } from '../pools.ts';
import type { Outgoing, Receiver, ResponseBody, UpstreamRequest } from '../request.ts';
import { CallBody } from './call-body.ts';
import type { CallGates, Waiter } from './call-gates.ts';
import type { Destination } from './destination.ts';
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
  /** [name, value, …] */
  readonly trailers: readonly string[];
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

/** What the calls of one worker go over. Apart from the requests: a slow callee holds back nobody else. */
export interface CallRoads {
  readonly pools: Pools;
  readonly gates: CallGates;
}

/** One request that a plugin makes, in the protocol of the upstream, with its response as a whole. */
export class HttpCall implements Receiver, Waiter {
  readonly #request: CallRequest;
  readonly #listener: CallListener;
  readonly #roads: CallRoads;
  readonly #chunks: Buffer[] = [];
  #visit: Visit | undefined;
  #timer: NodeJS.Timeout | undefined;
  #connectTimer: NodeJS.Timeout | undefined;
  #sending: UpstreamRequest | undefined;
  #status = 0;
  #headers = new HeaderList();
  #trailers = new HeaderList();
  /** Where it has been let in. */
  #authority: string | undefined;
  #again = false;
  #over = false;
  #cancelled = false;

  constructor(to: Destination, request: CallRequest, roads: CallRoads, listener: CallListener) {
    this.#request = request;
    this.#listener = listener;
    this.#roads = roads;
    if (request.timeoutMs > 0)
      this.#timer = setTimeout(() => this.#fail(new LoomError('exchange-timeout')), request.timeoutMs);
    try {
      this.#visit = new Visit(to, request.secure);
    } catch (error) {
      this.#fail(error as LoomError);
      return;
    }
    roads.gates.enter(this.#visit.authority, this);
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    this.#cancelled = true;
    if (this.#end('abandon')) this.#sending?.abandon(new LoomError('client-abort'));
  }

  get over(): boolean {
    return this.#over;
  }

  begin(): void {
    const { upstream, endpoint } = this.#visit as Visit;
    this.#authority = endpoint.authority;
    let sending: UpstreamRequest;
    try {
      sending = this.#roads.pools.get(endpoint, upstream).begin(outgoing(this.#request), 0, this);
    } catch (error) {
      return this.failed(error as LoomError);
    }
    this.#sending = sending;
    if (sending.connected) return this.connected();
    this.dialled();
  }

  dialled(): void {
    clearTimeout(this.#connectTimer);
    const { connectTimeoutMs } = (this.#visit as Visit).upstream;
    if (connectTimeoutMs === 0) return;
    this.#connectTimer = setTimeout(() => {
      const error = new LoomError(this.#sending?.isQueued ? 'upstream-overloaded' : 'connect-timeout');
      this.#sending?.abandon(error);
      this.failed(error);
    }, connectTimeoutMs);
  }

  connected(): void {
    clearTimeout(this.#connectTimer);
    this.#sending?.send();
  }

  sent(): void {
    // Its timeout counts from the beginning.
  }

  informed(): void {
    // Plugins hear of the response alone.
  }

  progressed(): void {
    // As above.
  }

  answered(head: ResponseHead, body: ResponseBody | Buffer | undefined): void {
    if (this.#over) return;
    if (head.status === 101) return this.#fail(new LoomError('upstream-protocol', '101 without being asked'));
    head.headers.delete('trailer');
    this.#status = head.status;
    this.#visit?.answered(head.status);
    this.#headers = head.headers;
    if (Buffer.isBuffer(body)) return this.#take(body);
    body?.start({
      data: (piece) => {
        this.#take(piece);
        return true;
      },
      end: (trailers) => (this.#trailers = trailers ?? this.#trailers),
      // `failed` says the same.
      fail: () => undefined,
    });
  }

  completed(): void {
    const sending = this.#sending;
    if (!this.#end('success')) return;
    // The callee has answered what it has not read.
    if (sending && !sending.isSent) sending.abandon(new LoomError('upstream-reset'));
    const [first] = this.#chunks;
    const response = {
      status: this.#status,
      headers: this.#headers,
      body: first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks),
      trailers: this.#trailers,
    };
    this.#tell(() => this.#listener.response(response));
  }

  failed(error: LoomError): void {
    if (this.#over) return;
    clearTimeout(this.#connectTimer);
    this.#exit();
    const visit = this.#visit;
    const untouched = errors[error.code].retry === 'always' && this.#status === 0;
    if (visit && ((untouched && visit.next()) || this.#isStale(error)))
      this.#roads.gates.enter(visit.authority, this);
    else this.#fail(error);
  }

  /** A kept connection turned out to be closed: once, and where nothing can be done twice (RFC 9110 section 9.2.2). */
  #isStale({ code }: LoomError): boolean {
    const { method, body } = this.#request;
    if (this.#again || code !== 'upstream-reset' || this.#status !== 0 || body || !idempotent.has(method))
      return false;
    return (this.#again = true);
  }

  #take(piece: Buffer): void {
    if (this.#over || piece.length === 0) return;
    if (this.#listener.admit(piece.length)) this.#chunks.push(piece);
    else this.#fail(new LoomError('upstream-protocol', 'the response to the call is too large'), 'success');
  }

  #fail(error: LoomError, verdict: Verdict = verdictOf(error)): void {
    if (!this.#end(verdict)) return;
    this.#sending?.abandon(error);
    this.#tell(() => this.#listener.failed(error, this.#status !== 0));
  }

  /** On a stack of its own: a plugin that is stopped in its callback must not take the connection with it. */
  #tell(what: () => void): void {
    setImmediate(() => {
      if (!this.#cancelled) what();
    });
  }

  #end(verdict: Verdict): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#connectTimer);
    this.#visit?.end(verdict);
    this.#exit();
    return true;
  }

  /** Lets the next call begin; one that still waits for its turn has none. */
  #exit(): void {
    if (this.#authority === undefined) return;
    this.#roads.gates.leave(this.#authority);
    this.#authority = undefined;
  }
}

const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** Methods of which a server expects content (RFC 9110 section 8.6). */
const bringing = new Set(['POST', 'PUT', 'PATCH']);

function outgoing({ method, path, authority, headers, body, trailers }: CallRequest): Outgoing {
  const list = new HeaderList([...headers]);
  const tail = trailers.length > 0 ? new HeaderList([...trailers]) : undefined;
  if (!body && !tail && bringing.has(method)) list.append('content-length', '0');
  return {
    request: { method, scheme: 'http', authority, path, query: '', headers: list },
    requestBody: body || tail ? new CallBody(body, tail) : undefined,
    upgrade: undefined,
    requestBytes: 0,
  };
}
