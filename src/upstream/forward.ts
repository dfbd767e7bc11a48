import { refused } from '../balance/breaker.ts';
import type { Cluster } from '../balance/cluster.ts';
import type { LiveEndpoint } from '../balance/endpoints.ts';
import { errors, LoomError, type ErrorCode } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Reply } from '../middleware/middleware.ts';
import type { Timeouts } from '../model/model.ts';
import type { Limits } from '../model/settings.ts';
import { Attempt } from './attempt.ts';
import type { Pools } from './pools.ts';

/** Where a rule sends its requests. */
export interface ForwardTarget {
  /** Picks one of the weighted backends. */
  choose(): Cluster | ErrorCode;
  /** All of them that exist. */
  readonly clusters?: readonly Cluster[];
  readonly timeouts: Timeouts;
  /** undefined: that of the settings. 0: no limit. */
  readonly maxRequestBodyBytes: number | undefined;
}

/** What holds where a rule says nothing. */
type ForwardLimits = Pick<Limits, 'maxRequestBodyBytes' | 'tunnelIdleMs'>;

/** Tries beyond the first, each at an endpoint that has not been tried. */
const maxRetries = 2;
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** Statuses that say that the upstream, and not the request, is at fault. */
const failing = new Set([502, 503, 504]);

/** Sends exchanges to upstreams: picks the endpoint, asks the breaker, tries again where nothing can have been done twice. */
export class Forwarder {
  readonly #pools: Pools;
  readonly #limits: ForwardLimits;

  constructor(pools: Pools, limits: ForwardLimits) {
    this.#pools = pools;
    this.#limits = limits;
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
      error.retryAfterMs = cluster.breaker?.retryAfterMs;
      throw error;
    }
    exchange.upstreamStartedAt = performance.now();
    try {
      const reply = await this.#try(exchange, cluster, target.timeouts, maxBytes, preferred?.endpoint);
      exchange.upstreamMs = performance.now() - exchange.upstreamStartedAt;
      exchange.upstreamStatus = reply.head.status;
      if (failing.has(reply.head.status)) cluster.breaker?.failure(permit);
      else cluster.breaker?.success(permit);
      return reply;
    } catch (error) {
      const code = error instanceof LoomError ? error.code : 'internal';
      if (errors[code].side === 'upstream') cluster.breaker?.failure(permit);
      else cluster.breaker?.abandon(permit);
      throw error;
    }
  }

  async #try(
    exchange: Exchange,
    cluster: Cluster,
    timeouts: Timeouts,
    maxBytes: number,
    first?: LiveEndpoint,
  ): Promise<Reply> {
    let tried: Set<LiveEndpoint> | undefined;
    let last: LoomError | undefined;
    for (;;) {
      const endpoint = exchange.attempts === 0 && first ? first : cluster.pick(tried, exchange);
      if (typeof endpoint === 'string') throw last ?? new LoomError(endpoint);
      exchange.attempts++;
      exchange.endpoint = endpoint.authority;
      const attempt = new Attempt(exchange, endpoint, this.#pools, {
        upstream: cluster.upstream,
        timeouts,
        maxBodyBytes: maxBytes,
        tunnelIdleMs: this.#limits.tunnelIdleMs,
      });
      try {
        const reply = await attempt.run();
        cluster.mark(exchange, endpoint, reply.head.headers);
        return reply;
      } catch (error) {
        last = error as LoomError;
        if (exchange.attempts > maxRetries || !isHarmless(last, exchange)) throw last;
        // A connection that was closed while it was idle says nothing about its endpoint.
        if (last.code !== 'upstream-reset') (tried ??= new Set()).add(endpoint);
      }
    }
  }
}

/** The endpoint that a plugin chose, where it is one of the route's and healthy. */
function findPreferred(
  { preferredEndpoint }: Exchange,
  { clusters = [] }: ForwardTarget,
): { readonly cluster: Cluster; readonly endpoint: LiveEndpoint } | undefined {
  for (const cluster of clusters) {
    const { current } = cluster.endpoints;
    const endpoint = current.find(({ authority, healthy }) => healthy && authority === preferredEndpoint);
    if (endpoint) return { cluster, endpoint };
  }
  return undefined;
}

/** Whether another try cannot do anything twice (RFC 9110 section 9.2.2), and the body is still there to be sent. */
function isHarmless(error: LoomError, exchange: Exchange): boolean {
  if (exchange.aborted) return false;
  const { retry } = errors[error.code];
  if (retry === 'always') return true;
  return (
    error.code === 'upstream-reset' &&
    exchange.requestBody === undefined &&
    idempotent.has(exchange.request.method)
  );
}
