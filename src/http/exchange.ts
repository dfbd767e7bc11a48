import { performance } from 'node:perf_hooks';
import type { ErrorCode, LoomError } from '../errors.ts';
import type { BodySource } from './body.ts';
import type { ConnectionFacts } from './connection-facts.ts';
import type { HeaderList } from './headers.ts';
import type { Recording } from './recording.ts';

/** RFC 9110 section 6.2 and 7.1: what every version of HTTP says at the start of a request. */
export interface RequestHead {
  method: string;
  scheme: 'http' | 'https';
  /** Host and optional port, lower case, as the client sent it. */
  authority: string;
  /** Normalised path, always beginning with `/`. */
  path: string;
  /** Raw query without the `?`, or the empty string. */
  query: string;
  /** Without `host` and without the hop-by-hop fields. */
  headers: HeaderList;
}

export interface ResponseHead {
  status: number;
  headers: HeaderList;
}

/** The downstream side of one exchange, as its protocol speaks it. */
export interface Wire {
  /** `1.0`, `1.1`, `2` or `3`. */
  readonly version: string;
  /** Sends the head, then the body. Called at most once. `done` is called when the last byte is written or the client is gone. */
  respond(head: ResponseHead, body: BodySource | Buffer | undefined, done: (error?: Error) => void): void;
  /** Sends an interim response (1xx) where the protocol has them and the response has not begun. */
  inform?(head: ResponseHead): void;
  /** Gives up: RST_STREAM or a closed connection. */
  reset(reason: Error): void;
}

export interface Peer {
  readonly address: string;
  readonly port: number;
}

/** An upgrade that the client asks for (RFC 9110 section 7.8), `websocket` for one. */
export interface Upgrade {
  /** In lower case. */
  readonly protocol: string;
  /** What the client sends once it is made: to be read behind a response of 101, whose body is the other direction. */
  readonly bytes: BodySource;
  /** Set when it is made. */
  tunnel?: OpenTunnel;
}

export interface OpenTunnel {
  /** Tells the client in words of the protocol, where they are known, that this side is going away. */
  leave(): void;
}

/** Those of an upstream; to be caught up with before they are looked at. */
interface EndpointsView {
  readonly current: readonly EndpointView[];
  catchUp(): void;
}

/** An endpoint that a request may go to, as plugins see it. */
interface EndpointView {
  /** `host:port` */
  readonly authority: string;
  readonly weight: number;
  readonly healthy: boolean;
  /** Requests in flight, of all workers. */
  readonly inFlight: number;
}

/** What a stage keeps of an exchange from one hook to the next, and what its plugin did with it. */
export interface Visit {
  readonly stage: object;
  readonly plugin: string;
  /** `continue`, `respond`, `failed` or `skipped`; empty where there is nothing to log. */
  verdict: string;
}

/** One request and its response, seen by every protocol alike. Made by a listener, filled on its way, logged at its end. */
export class Exchange {
  readonly wire: Wire;
  readonly request: RequestHead;
  requestBody: BodySource | undefined;
  upgrade: Upgrade | undefined;
  /** The upstreams of the rule that matched; undefined where it answers itself. */
  backends: readonly { readonly id: string; readonly endpoints: EndpointsView }[] | undefined;
  /** `host:port` of the endpoint of `backends` that is tried first where it is healthy, empty for none. */
  preferredEndpoint = '';
  /** Set when the response head is known; what response hooks change. */
  response: ResponseHead | undefined;
  /** Set with `response`. A response hook may put another in its place that reads this one, and keeps the head true to it. */
  responseBody: BodySource | Buffer | undefined;
  /** What the client asked for, before middleware and plugins changed the request; for the access log. */
  readonly original: Readonly<Record<'method' | 'authority' | 'path' | 'query', string>>;
  readonly listener: string;
  /** Who asks: the other side of the connection, or what trusted proxies say; then the port is 0. */
  client: Peer;
  readonly local: Peer;
  readonly connection: ConnectionFacts | undefined;

  /** `performance.now()` at the first byte of the request that this process saw. */
  readonly startedAt: number;
  /** Unix milliseconds of the same moment. */
  readonly receivedAt: number;
  id = '';
  /** Of W3C Trace Context; empty where nothing is traced. */
  traceId = '';
  /** Where the exchange is traced and sampled. */
  recording: Recording | undefined;

  /** For the access log and the metrics; the names are those of its fields. */
  route = '';
  rule = '';
  upstream = '';
  endpoint = '';
  attempts = 0;
  errorCode: ErrorCode | undefined;
  errorDetail = '';
  requestBytes = 0;
  responseBytes = 0;
  upstreamStartedAt = 0;
  upstreamMs = -1;
  /** Status that the upstream gave, 0 when it gave none. */
  upstreamStatus = 0;
  /** Of plugins, in the order in which they came. A chain is short: looking through this is quicker than a map for each stage. */
  visits: Visit[] | undefined;
  /** Value of the field RateLimit of the response, where a limit was asked. */
  quota: string | undefined;
  /** What plugins have to say about the exchange, for the access log. */
  notes: Record<string, string> | undefined;

  /** What a Pattern captured, by name. */
  params: Readonly<Record<string, string>> = noParams;
  /** The part of the path that a Prefix or Pattern matched literally; what a Prefix rewrite replaces. */
  matchedPrefix = '/';

  /** Set by a listener that is to be reached in another way too: the value of Alt-Svc. */
  altService: string | undefined;
  /** Set by the listener when the request must not go any further; it is answered with this. */
  refusal: LoomError | undefined;
  aborted: Error | undefined;
  /** Why the way to the upstream must end although the client is there: the answer of an EarlyReply, or a failure. */
  interruption: LoomError | undefined;
  /** A plugin changed what routes are chosen by: the route is to be found anew. */
  routeStale = false;
  #abort: ((reason: Error) => void) | undefined;
  #waiting: Set<(reason: Error) => void> | undefined;

  constructor(
    wire: Wire,
    request: RequestHead,
    body: BodySource | undefined,
    peers: { listener: string; client: Peer; local: Peer; connection?: ConnectionFacts },
  ) {
    this.wire = wire;
    this.request = request;
    const { method, authority, path, query } = request;
    this.original = { method, authority, path, query };
    this.requestBody = body;
    this.listener = peers.listener;
    this.client = peers.client;
    this.local = peers.local;
    this.connection = peers.connection;
    this.startedAt = performance.now();
    this.receivedAt = Date.now();
  }

  /** Plugin id → what it did, for the access log; made anew each time. */
  get plugins(): Readonly<Record<string, string>> | undefined {
    const told = this.visits?.filter(({ verdict }) => verdict !== '');
    return told && Object.fromEntries(told.map(({ plugin, verdict }) => [plugin, verdict]));
  }

  /** What to do when the client goes away; the last one set wins, and only one party works on an exchange at a time. */
  onAbort(listener: ((reason: Error) => void) | undefined): void {
    const reason = this.aborted ?? this.interruption;
    if (listener && reason) listener(reason);
    else this.#abort = listener;
  }

  /** For who waits beside that party: a paused plugin. Gives what ends the listening. */
  whenAborted(listener: (reason: Error) => void): () => void {
    if (this.aborted) listener(this.aborted);
    const waiting = (this.#waiting ??= new Set());
    waiting.add(listener);
    return () => void waiting.delete(listener);
  }

  /** Called by the listener when the client is gone before the response was complete. */
  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = reason;
    this.#tell(reason);
  }

  /** Ends what goes on before there is a response, to answer with `reason` instead. Too late, it does nothing. */
  interrupt(reason: LoomError): void {
    if (this.aborted || this.interruption || this.response) return;
    this.interruption = reason;
    this.#tell(reason);
  }

  /** Gives the exchange up from this side: whoever works on it stops, and the client's stream is cut. */
  reset(reason: LoomError): void {
    this.abort(reason);
    this.wire.reset(reason);
  }

  #tell(reason: Error): void {
    this.#abort?.(reason);
    if (this.#waiting) for (const listener of this.#waiting) listener(reason);
  }
}

const noParams: Readonly<Record<string, string>> = Object.freeze({});
