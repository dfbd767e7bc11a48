import { refused } from '../balance/breaker.ts';
import type { Cluster } from '../balance/cluster.ts';
import type { Load } from '../balance/load.ts';
import type { LiveEndpoint } from '../balance/endpoints.ts';
import type { OutlierReports } from '../balance/outliers/reports.ts';
import { LoomError, type ErrorCode } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Reply } from '../middleware/middleware.ts';
import type { Retries, Timeouts } from '../model/model.ts';
import type { Limits } from '../model/settings.ts';
import { Attempt } from './attempt.ts';
import { isFault } from './failures.ts';
import type { Pools } from './pools.ts';
import { ReplayBody } from './replay-body.ts';
import { isChoosy, standardRetries, wantsOther } from './retries.ts';
import { Retrying, type RetryObserver } from './retrying.ts';
import { overTls } from './transport.ts';

/** Whoever is sent away is not to come back at once. */
const leastRetryAfterMs = 1000;

/** Where a rule sends its requests. */
export interface ForwardTarget {
  /** Picks one of the weighted backends. */
  choose(): Cluster | ErrorCode;
  /** All of them that exist. */
  readonly clusters?: readonly Cluster[];
  readonly timeouts: Timeouts;
  /** undefined: `standardRetries`. */
  readonly retries?: Retries | undefined;
  /** undefined: that of the settings. 0: no limit. */
  readonly maxRequestBodyBytes: number | undefined;
}

/** What holds where a rule says nothing. */
type ForwardLimits = Pick<Limits, 'maxRequestBodyBytes' | 'tunnelIdleMs'>;

/** Sends exchanges to upstreams: picks the endpoint, asks the breaker, tries again where nothing can have been done twice. */
export class Forwarder {
  readonly #pools: Pools;
  readonly #limits: ForwardLimits;
  readonly #observe: RetryObserver;

  constructor(pools: Pools, limits: ForwardLimits, observe: RetryObserver) {
    this.#pools = pools;
    this.#limits = limits;
    this.#observe = observe;
  }

  /** Resolves with the head of the response and its body. Rejects with LoomError. */
  async forward(exchange: Exchange, target: ForwardTarget): Promise<Reply> {
    const preferred = exchange.preferredEndpoint === '' ? undefined : findPreferred(exchange, target);
    const cluster = preferred?.cluster ?? target.choose();
    if (typeof cluster === 'string') throw new LoomError(cluster);
    exchange.upstream = cluster.id;
    const maxBytes = target.maxRequestBodyBytes ?? this.#limits.maxRequestBodyBytes;
    const length = exchange.requestBody?.length;
    if (maxBytes > 0 && length !== undefined && length > maxBytes) throw new LoomError('body-too-large');
    const permit = cluster.breaker?.enter();
    if (permit === refused) {
      const error = new LoomError('breaker-open');
      // Half-open it lets others in as soon as its trials have ended.
      error.retryAfterMs = Math.max(cluster.breaker?.retryAfterMs ?? 0, leastRetryAfterMs);
      throw error;
    }
    exchange.upstreamStartedAt = performance.now();
    try {
      const reply = await this.#try(exchange, cluster, target, maxBytes, preferred?.endpoint);
      exchange.upstreamMs = performance.now() - exchange.upstreamStartedAt;
      exchange.upstreamStatus = reply.head.status;
      cluster.breaker?.answered(reply.head.status, permit);
      return reply;
    } catch (error) {
      if (error instanceof LoomError && isFault(error)) cluster.breaker?.failure(permit);
      else cluster.breaker?.abandon(permit);
      throw error;
    }
  }

  async #try(
    exchange: Exchange,
    cluster: Cluster,
    { timeouts, retries = standardRetries }: ForwardTarget,
    maxBytes: number,
    first?: LiveEndpoint,
  ): Promise<Reply> {
    const body = retries.bodyBufferBytes > 0 ? keepBody(exchange, retries) : undefined;
    let endpoint = first ?? cluster.pick(undefined, exchange);
    if (typeof endpoint === 'string') throw new LoomError(endpoint);
    let retrying: Retrying | undefined;
    for (;;) {
      exchange.attempts++;
      exchange.endpoint = endpoint.authority;
      let failed: LoomError | Reply;
      const began = cluster.outliers ? performance.now() : 0;
      const record = exchange.recording?.attempt(cluster.id, schemeOf(cluster), endpoint.authority);
      const ended = record ? both(retrying?.ended, record.over) : retrying?.ended;
      try {
        const attempt = new Attempt(exchange, endpoint, this.#pools, {
          upstream: cluster.upstream,
          timeouts,
          maxBodyBytes: maxBytes,
          tunnelIdleMs: this.#limits.tunnelIdleMs,
          ended: cluster.load.isLimited ? admit(cluster.load, ended) : ended,
        });
        failed = await attempt.run();
      } catch (error) {
        failed = error as LoomError;
      }
      record?.outcome(failed);
      const isError = failed instanceof LoomError;
      if (cluster.outliers) tellOutcome(cluster.outliers, endpoint, failed, performance.now() - began);
      if (isError || (isChoosy(retries) && wantsOther(retries, (failed as Reply).head, exchange))) {
        retrying ??= new Retrying(exchange, cluster, retries, body, this.#observe);
        const next = await retrying.next(failed, endpoint);
        if (next) {
          endpoint = next;
          continue;
        }
      } else retrying?.answered();
      body?.release(isError ? (failed as LoomError) : undefined);
      if (isError) throw failed;
      const reply = failed as Reply;
      cluster.mark(exchange, endpoint, reply.head.headers);
      return reply;
    }
  }
}

const schemeOf = ({ upstream }: Cluster): 'http' | 'https' => (overTls(upstream) ? 'https' : 'http');

const both =
  (first: (() => void) | undefined, second: () => void): (() => void) =>
  () => {
    first?.();
    second();
  };

/** What one try says of its endpoint. That a client has left says nothing. */
function tellOutcome(
  outliers: OutlierReports,
  endpoint: LiveEndpoint,
  outcome: LoomError | Reply,
  ms: number,
): void {
  if (!(outcome instanceof LoomError)) outliers.answered(endpoint, outcome.head.status, ms);
  else if (isFault(outcome)) outliers.failed(endpoint);
}

/** Counts a try in; gives what counts it out again, and does `ended`. Throws LoomError `upstream-overloaded`. */
function admit(load: Load, ended: (() => void) | undefined): () => void {
  if (load.enter()) return ended ? () => (load.leave(), ended()) : load.leave;
  ended?.();
  const error = new LoomError('upstream-overloaded');
  error.retryAfterMs = leastRetryAfterMs;
  throw error;
}

function keepBody(exchange: Exchange, { bodyBufferBytes }: Retries): ReplayBody | undefined {
  const { requestBody } = exchange;
  if (!requestBody || (requestBody.length ?? 0) > bodyBufferBytes) return undefined;
  const body = new ReplayBody(requestBody, bodyBufferBytes);
  exchange.requestBody = body;
  return body;
}

/** The endpoint that a plugin chose, where it is one of the route's and healthy. */
function findPreferred(
  { preferredEndpoint }: Exchange,
  { clusters = [] }: ForwardTarget,
): { readonly cluster: Cluster; readonly endpoint: LiveEndpoint } | undefined {
  for (const cluster of clusters) {
    cluster.endpoints.catchUp();
    const { current } = cluster.endpoints;
    const endpoint = current.find(({ authority, healthy }) => healthy && authority === preferredEndpoint);
    if (endpoint) return { cluster, endpoint };
  }
  return undefined;
}
