import { EndpointPool } from './http1/endpoint-pool.ts';

/** A pool without connections that nobody has used for this long is forgotten: its endpoint is gone, or quiet. */
const unusedMs = 60_000;
const sweepEveryMs = 10_000;
/** How often attempts are asked whether something takes too long: timeouts are late by at most this. */
const checkEveryMs = 50;

/** What waits for an upstream, with a limit in time. */
export interface Timed {
  check(now: number): void;
}

interface Held {
  readonly pool: EndpointPool;
  usedAt: number;
}

/** The connections of one worker to its upstreams, one pool per endpoint, and the clock of the requests on them. */
export class Pools {
  readonly #held = new Map<string, Held>();
  readonly #attempts = new Set<Timed>();
  readonly #checker: NodeJS.Timeout;
  readonly #sweeper: NodeJS.Timeout;
  #now = performance.now();

  constructor() {
    this.#checker = setInterval(() => this.#check(), checkEveryMs).unref();
    this.#sweeper = setInterval(() => this.#sweep(), sweepEveryMs).unref();
  }

  get({ authority, address, port }: { authority: string; address: string; port: number }): EndpointPool {
    let held = this.#held.get(authority);
    if (!held) this.#held.set(authority, (held = { pool: new EndpointPool(address, port), usedAt: 0 }));
    held.usedAt = this.#now;
    return held.pool;
  }

  /** `attempt.check` is called until `forget`. */
  watch(attempt: Timed): void {
    this.#attempts.add(attempt);
  }

  forget(attempt: Timed): void {
    this.#attempts.delete(attempt);
  }

  close(): void {
    clearInterval(this.#checker);
    clearInterval(this.#sweeper);
    for (const { pool } of this.#held.values()) pool.destroy();
  }

  #check(): void {
    this.#now = performance.now();
    for (const attempt of this.#attempts) attempt.check(this.#now);
  }

  #sweep(): void {
    for (const [key, { pool, usedAt }] of this.#held) {
      pool.sweep(this.#now);
      if (pool.size === 0 && this.#now - usedAt > unusedMs) this.#held.delete(key);
    }
  }
}
