import { refused } from '../../balance/breaker.ts';
import type { Cluster } from '../../balance/cluster.ts';
import { authorityOf, type LiveEndpoint } from '../../balance/endpoints.ts';
import { LoomError } from '../../errors.ts';
import type { Upstream } from '../../model/upstream.ts';
import { isFault } from '../failures.ts';
import { isAddress, type Destination } from './destination.ts';

/** What a call says of the upstream when it is over: nothing, where it was cancelled. */
export type Verdict = 'success' | 'failure' | 'abandon';

/** An address has no settings of its own. */
const clearAddress: Upstream = { id: '', loadBalancer: 'RoundRobin', connectTimeoutMs: 5000 };
const secureAddress: Upstream = { ...clearAddress, protocol: 'Https', tls: {} };
const foreignClearAddress: Upstream = { ...clearAddress, foreignOnly: true };
const foreignSecureAddress: Upstream = { ...secureAddress, foreignOnly: true };

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
 * One call at one endpoint of its destination, which is treated there like a request: counted, asked of the breaker, told to it
 * and to the passive health checks. An address has none of these. Exactly one `end` must follow.
 */
export class Visit {
  readonly #cluster: Cluster | undefined;
  readonly #permit: number | undefined;
  /** The limit of requests counts it. */
  #entered = false;
  /** `performance.now()` at which it came to the endpoint. */
  #movedAt = 0;
  /** How the endpoint is spoken to. */
  readonly upstream: Upstream;
  #endpoint: LiveEndpoint | undefined;
  #tried: Set<LiveEndpoint> | undefined;
  #over = false;
  #judged = false;
  endpoint: Place;

  /**
   * `secure`: whether an address gets TLS; an upstream says itself what it speaks. Throws LoomError where there is nowhere to
   * go: `breaker-open`, `upstream-overloaded`, `no-endpoint`, `no-healthy-endpoint`.
   */
  constructor(to: Destination, secure: boolean) {
    if (isAddress(to)) {
      const place = { address: to.host, port: to.port };
      if (to.foreignOnly) this.upstream = secure ? foreignSecureAddress : foreignClearAddress;
      else this.upstream = secure ? secureAddress : clearAddress;
      this.endpoint = { ...place, authority: authorityOf(place) };
      return;
    }
    this.upstream = to.upstream;
    this.endpoint = nowhere;
    this.#cluster = to;
    this.#permit = to.breaker?.enter();
    if (this.#permit === refused) throw new LoomError('breaker-open');
    this.#entered = to.load.isLimited && to.load.enter();
    const isFull = to.load.isLimited && !this.#entered;
    const problem = isFull ? new LoomError('upstream-overloaded') : this.#move();
    if (problem === undefined) return;
    this.end('abandon');
    throw problem;
  }

  get authority(): string {
    return this.endpoint.authority;
  }

  /** To another endpoint, after this one could not be reached; false where there is none. */
  next(): boolean {
    if (!this.#endpoint || (this.#tried?.size ?? 0) >= maxMoves) return false;
    (this.#tried ??= new Set()).add(this.#endpoint);
    this.#cluster?.outliers?.failed(this.#endpoint);
    this.#endpoint.end();
    this.#endpoint = undefined;
    return this.#move() === undefined;
  }

  /** The head of a response, with what it says of the upstream. What becomes of the rest says nothing any more. */
  answered(status: number): void {
    if (this.#judged) return;
    this.#judged = true;
    if (!this.#cluster || !this.#endpoint) return;
    const { outliers, breaker } = this.#cluster;
    outliers?.answered(this.#endpoint, status, performance.now() - this.#movedAt);
    breaker?.answered(status, this.#permit);
  }

  end(verdict: Verdict): void {
    if (this.#over) return;
    this.#over = true;
    this.#judge(verdict);
    this.#endpoint?.end();
    if (this.#entered) this.#cluster?.load.leave();
  }

  /** Where there was no head. */
  #judge(verdict: Verdict): void {
    if (verdict === 'success') return this.answered(200);
    if (this.#judged) return;
    this.#judged = true;
    if (verdict === 'failure' && this.#endpoint) this.#cluster?.outliers?.failed(this.#endpoint);
    if (this.#permit !== undefined && this.#permit !== refused)
      this.#cluster?.breaker?.[verdict](this.#permit);
  }

  #move(): LoomError | undefined {
    const picked = this.#cluster?.pick(this.#tried);
    if (picked === undefined || typeof picked === 'string') return new LoomError(picked ?? 'no-endpoint');
    picked.begin();
    this.#movedAt = performance.now();
    this.#endpoint = picked;
    this.endpoint = picked;
    return undefined;
  }
}

/** What a failure of a call says of the upstream. */
export const verdictOf = (error: LoomError): Verdict => (isFault(error) ? 'failure' : 'abandon');
