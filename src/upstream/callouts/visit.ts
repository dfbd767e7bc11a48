import { refused } from '../../balance/breaker.ts';
import type { Cluster } from '../../balance/cluster.ts';
import { authorityOf, type LiveEndpoint } from '../../balance/endpoints.ts';
import { errors, LoomError } from '../../errors.ts';
import type { Upstream } from '../../model/upstream.ts';
import { isAddress, type Destination } from './destination.ts';

/** What a call says of the upstream when it is over: nothing, where it was cancelled. */
export type Verdict = 'success' | 'failure' | 'abandon';

/** An address has no settings of its own. */
const clearAddress: Upstream = { id: '', loadBalancer: 'RoundRobin', connectTimeoutMs: 5000 };
const secureAddress: Upstream = { ...clearAddress, protocol: 'Https', tls: {} };

interface Place {
  readonly address: string;
  readonly port: number;
  /** `host:port` */
  readonly authority: string;
}
const nowhere: Place = { address: '', port: 0, authority: '' };

/** Endpoints beyond the first, where nothing was sent. */
const maxMoves = 2;

/**
 * One call at one endpoint of its destination: counted there, asked of the breaker and told to it. An address has neither.
 * Exactly one `end` must follow.
 */
export class Visit {
  readonly #cluster: Cluster | undefined;
  readonly #permit: number | undefined;
  /** How the endpoint is spoken to. */
  readonly upstream: Upstream;
  #endpoint: LiveEndpoint | undefined;
  #tried: Set<LiveEndpoint> | undefined;
  #over = false;
  #judged = false;
  endpoint: Place;

  /**
   * `secure`: whether an address gets TLS; an upstream says itself what it speaks. Throws LoomError where there is nowhere to
   * go: `breaker-open`, `no-endpoint`, `no-healthy-endpoint`.
   */
  constructor(to: Destination, secure: boolean) {
    if (isAddress(to)) {
      const place = { address: to.host, port: to.port };
      this.upstream = secure ? secureAddress : clearAddress;
      this.endpoint = { ...place, authority: authorityOf(place) };
      return;
    }
    this.upstream = to.upstream;
    this.endpoint = nowhere;
    this.#cluster = to;
    this.#permit = to.breaker?.enter();
    if (this.#permit === refused) throw new LoomError('breaker-open');
    const problem = this.#move();
    if (problem === undefined) return;
    this.end('failure');
    throw problem;
  }

  get authority(): string {
    return this.endpoint.authority;
  }

  /** To another endpoint, after this one could not be reached; false where there is none. */
  next(): boolean {
    if (!this.#endpoint || (this.#tried?.size ?? 0) >= maxMoves) return false;
    (this.#tried ??= new Set()).add(this.#endpoint);
    this.#endpoint.end();
    this.#endpoint = undefined;
    return this.#move() === undefined;
  }

  /** Before the end, where that may be long after; the first word counts. */
  judge(verdict: Verdict): void {
    if (this.#judged) return;
    this.#judged = true;
    if (this.#permit !== undefined && this.#permit !== refused)
      this.#cluster?.breaker?.[verdict](this.#permit);
  }

  end(verdict: Verdict): void {
    if (this.#over) return;
    this.#over = true;
    this.#endpoint?.end();
    this.judge(verdict);
  }

  #move(): LoomError | undefined {
    const picked = this.#cluster?.pick(this.#tried);
    if (picked === undefined || typeof picked === 'string') return new LoomError(picked ?? 'no-endpoint');
    picked.begin();
    this.#endpoint = picked;
    this.endpoint = picked;
    return undefined;
  }
}

/** What a failure of a call says of the upstream. */
export const verdictOf = (error: LoomError): Verdict =>
  errors[error.code].side === 'upstream' ? 'failure' : 'abandon';
