import type { LoomRouteSpecRuleRateLimit } from '../../api/types.gen.ts';
import type { Exchange } from '../../http/exchange.ts';
import { toMs } from '../../model/duration.ts';
import type { Site } from '../middleware.ts';
import type { BucketTable } from './bucket-table.ts';
import { compileKey } from './key-parts.ts';
import { KeyHash } from './key-hash.ts';

/** One limit of one rule. Times in nanoseconds. */
export class Limit {
  readonly name: string;
  /** Member of the field RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10, section 3). */
  readonly policy: string;
  readonly #interval: number;
  readonly #capacity: number;
  readonly #keyOf: (exchange: Exchange) => string;
  readonly #buckets: BucketTable;
  readonly #hash: KeyHash;

  constructor(settings: LoomRouteSpecRuleRateLimit, { route, rule, buckets }: Site) {
    const { name, requests, per, burst = requests, key = [] } = settings;
    const periodMs = toMs(per);
    this.name = name;
    this.policy = `"${name}";q=${requests};w=${periodMs / 1000}`;
    this.#interval = Math.round((periodMs * 1e6) / requests);
    this.#capacity = burst * this.#interval;
    this.#keyOf = compileKey(key);
    this.#buckets = buckets;
    // With the settings: after a change a bucket of the old size would make clients wait for what nobody asks any more.
    const identity = new KeyHash(...buckets.secret);
    identity.update(JSON.stringify([route, rule, name, requests, per, burst, key]));
    this.#hash = new KeyHash(identity.low, identity.high);
  }

  /** As BucketTable's `take`. */
  take(exchange: Exchange): number {
    this.#hash.update(this.#keyOf(exchange));
    return this.#buckets.take(this.#hash, this.#interval, this.#capacity);
  }

  giveBack(exchange: Exchange): void {
    this.#hash.update(this.#keyOf(exchange));
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
}
