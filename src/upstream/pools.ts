import type { ProxiedPeers } from '../http/proxy-header.ts';
import type { Upstream } from '../model/upstream.ts';
import type { EndpointPool } from './request.ts';
import { Transport, transportKey } from './transport.ts';

/** A pool without connections that nobody has used for this long is forgotten: its endpoint is gone, or quiet. */
const unusedMs = 60_000;
const sweepEveryMs = 1000;
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

/** The pools of one transport, by `host:port`, and by client where connections are announced. */
interface Origins {
  readonly transport: Transport;
  readonly held: Map<string, Held>;
  /** Nobody has used it for long: who comes again gets another. */
  retired: boolean;
}

/** The connections of one worker to its upstreams, one pool per endpoint and transport, and the clock of the requests on them. */
export class Pools {
  readonly #origins = new Map<string, Origins>();
  /** So that no request has to make a key. */
  readonly #known = new WeakMap<Upstream, Origins>();
  /** Of endpoints that are gone, until their last requests have ended. */
  readonly #drained = new Set<EndpointPool>();
  readonly #attempts = new Set<Timed>();
  readonly #checker: NodeJS.Timeout;
  readonly #sweeper: NodeJS.Timeout;
  #now = performance.now();

  constructor() {
    this.#checker = setInterval(() => this.#check(), checkEveryMs).unref();
    this.#sweeper = setInterval(() => this.#sweep(), sweepEveryMs).unref();
  }

  /**
   * `peers`: whom the connection is of, for an upstream that wants to be told; undefined for Loom itself. Throws LoomError
   * `tls-failed` where the settings of the upstream allow no connection.
   */
  get(
    endpoint: { authority: string; address: string; port: number },
    upstream: Upstream,
    peers?: ProxiedPeers,
  ): EndpointPool {
    const known = this.#known.get(upstream);
    const { transport, held: pools } = known && !known.retired ? known : this.#enter(upstream);
    const { authority, address, port } = endpoint;
    const key = transport.isAnnounced ? `${authority} ${nameOf(peers)}` : authority;
    let held = pools.get(key);
    if (!held) pools.set(key, (held = { pool: transport.pool(address, port, peers), usedAt: 0 }));
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

  /** That endpoint is gone, for one upstream at least: connections to it are closed behind the requests on them. */
  drain(authority: string): void {
    for (const { held, transport } of this.#origins.values()) {
      const keys = transport.isAnnounced
        ? held.keys().filter((key) => key.startsWith(`${authority} `))
        : [authority];
      for (const key of keys) {
        const pool = held.get(key)?.pool;
        if (!pool) continue;
        held.delete(key);
        this.#drained.add(pool);
        pool.drain();
      }
    }
  }

  close(): void {
    clearInterval(this.#checker);
    clearInterval(this.#sweeper);
    for (const { held } of this.#origins.values()) for (const { pool } of held.values()) pool.destroy();
    for (const pool of this.#drained) pool.destroy();
  }

  #check(): void {
    this.#now = performance.now();
    for (const attempt of this.#attempts) attempt.check(this.#now);
  }

  #enter(upstream: Upstream): Origins {
    const key = transportKey(upstream);
    let origins = this.#origins.get(key);
    if (!origins) {
      origins = { transport: new Transport(upstream), held: new Map(), retired: false };
      this.#origins.set(key, origins);
    }
    this.#known.set(upstream, origins);
    return origins;
  }

  #sweep(): void {
    for (const pool of this.#drained) {
      pool.sweep(this.#now);
      if (pool.size === 0) this.#drained.delete(pool);
    }
    for (const [key, origins] of this.#origins) {
      const { held, transport } = origins;
      // Those of clients are many, and each is missed by one client only.
      const longest = transport.isAnnounced ? 0 : unusedMs;
      for (const [authority, { pool, usedAt }] of held) {
        pool.sweep(this.#now);
        if (pool.size === 0 && this.#now - usedAt > longest) held.delete(authority);
      }
      if (held.size > 0) continue;
      origins.retired = true;
      this.#origins.delete(key);
    }
  }
}

const nameOf = (peers: ProxiedPeers | undefined): string =>
  peers ? `${peers.client.address} ${peers.client.port} ${peers.local.address} ${peers.local.port}` : 'own';
