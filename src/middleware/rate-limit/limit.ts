import { hash } from 'node:crypto';
import type { LoomRouteSpecRuleRateLimit } from '../../api/types.gen.ts';
import type { Exchange } from '../../http/exchange.ts';
import { toMs } from '../../model/duration.ts';
import type { CounterCell } from '../../telemetry/series.ts';
import type { Site } from '../middleware.ts';
import type { BucketTable } from './bucket-table.ts';
import { compileKey } from './key-parts.ts';
import { KeyHash } from './key-hash.ts';
import type { SharedBuckets } from './shared-buckets.ts';

/** How long a client is to wait where a store that is away means no, in nanoseconds. */
const denied = -1e9;

/** One limit of one rule. Times in nanoseconds. */
export class Limit {
  readonly name: string;
  /** Whether replicas share its buckets: asking for a token then takes a while. */
  readonly isGlobal: boolean;
  /** Member of the field RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10, section 3). */
  readonly policy: string;
  readonly #interval: number;
  readonly #capacity: number;
  readonly #keyOf: (exchange: Exchange) => string;
  readonly #identity: string;
  readonly #fallback: LoomRouteSpecRuleRateLimit['fallback'];
  readonly #fellBack: CounterCell | undefined;
  readonly #shared: SharedBuckets | undefined;
  readonly #buckets: BucketTable;
  readonly #hash: KeyHash;

  constructor(settings: LoomRouteSpecRuleRateLimit, site: Site) {
    const { name, requests, per, burst = requests, key = [] } = settings;
    const periodMs = toMs(per);
    this.name = name;
    this.isGlobal = settings.scope === 'Global';
    this.policy = `"${name}";q=${requests};w=${periodMs / 1000}`;
    this.#interval = Math.round((periodMs * 1e6) / requests);
    this.#capacity = burst * this.#interval;
    this.#keyOf = compileKey(key);
    // With the settings: after a change a bucket of the old size would make clients wait for what nobody asks any more.
    this.#identity = JSON.stringify([site.route, site.rule, name, requests, per, burst, key]);
    this.#fallback = settings.fallback;
    this.#fellBack = this.isGlobal ? site.counter('fallback') : undefined;
    this.#shared = this.isGlobal ? site.sharedBuckets : undefined;
    this.#buckets = site.buckets;
    const identity = new KeyHash(...site.buckets.secret);
    identity.update(this.#identity);
    this.#hash = new KeyHash(identity.low, identity.high);
  }

  /** As `take` of BucketTable. */
  take(exchange: Exchange): number | Promise<number> {
    const key = this.#keyOf(exchange);
    if (!this.isGlobal) return this.#takeHere(key);
    const answer = this.#shared?.take(this.#sharedKey(key), this.#interval, this.#capacity);
    return answer ? answer.then((out) => out ?? this.#fallBack(key)) : this.#fallBack(key);
  }

  giveBack(exchange: Exchange): void {
    const key = this.#keyOf(exchange);
    if (this.#shared) return this.#shared.giveBack(this.#sharedKey(key), this.#interval, this.#capacity);
    this.#hash.update(key);
    this.#buckets.giveBack(this.#hash, this.#interval);
  }

  /** Member of the field RateLimit where that much is out: tokens that are left, and seconds until all are. */
  left(out: number): string {
    const left = Math.floor((this.#capacity - out) / this.#interval);
    return `"${this.name}";r=${left};t=${Math.ceil(out / 1e9)}`;
  }

  /** The same where there was no token, with the seconds until there is one. */
  refused(wait: number): string {
    return `"${this.name}";r=0;t=${Math.ceil(wait / 1e9)}`;
  }

  #takeHere(key: string): number {
    this.#hash.update(key);
    return this.#buckets.take(this.#hash, this.#interval, this.#capacity);
  }

  #fallBack(key: string): number {
    if (this.#fellBack) this.#fellBack.value++;
    switch (this.#fallback) {
      case 'Allow':
        return 0;
      case 'Deny':
        return denied;
      case 'Process':
        return this.#takeHere(key);
    }
  }

  /** What is in a key, such as a token of a client, is nobody's business in the store. */
  #sharedKey(key: string): string {
    return `loom:limit:${hash('sha1', `${this.#identity}${key}`, 'base64url')}`;
  }
}
