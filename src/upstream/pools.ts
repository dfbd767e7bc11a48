import type { SharedState } from '../balance/shared.ts';
import type { ProxiedPeers } from '../http/proxy-header.ts';
import type { Upstream } from '../model/upstream.ts';
import { pulse } from '../pulse.ts';
import { LiveSet, type Living } from '../structures/live-set.ts';
import type { EndpointPool, PoolFigures } from './request.ts';
import { limitsConnections, UpstreamSeats } from './seats.ts';
import { Transport, transportKey } from './transport.ts';

/** A pool without connections that nobody has used for this long is forgotten: its endpoint is gone, or quiet. */
const unusedMs = 60_000;
const sweepEveryMs = 1000;

/** What waits for an upstream, with a limit in time. */
export interface Timed extends Living {
  check(now: number): void;
}

/** An endpoint, or an address without a place in the shared state. */
interface Place {
  readonly authority: string;
  readonly address: string;
  readonly port: number;
  readonly slot?: number;
}

interface Held {
  readonly pool: EndpointPool;
  usedAt: number;
}

/** An upstream; `slot` is missing where what is called is an address. */
export type Reached = Upstream & { readonly slot?: number };

/** The pools of an upstream with one set of settings, by `host:port`, and by client where connections are announced. */
interface Origins {
  readonly upstream: string;
  readonly key: string;
  readonly transport: Transport;
  readonly seats: UpstreamSeats | undefined;
  readonly held: Map<string, Held>;
  /** Nobody has used it for long: who comes again gets another. */
  retired: boolean;
}

/** The connections of one worker to its upstreams, one pool per endpoint of each, and the clock of the requests on them. */
export class Pools {
  /** By upstream; several only after a change of its settings. */
  readonly #origins = new Map<string, Set<Origins>>();
  /** So that no request has to make a key. */
  readonly #known = new WeakMap<Reached, Origins>();
  /** Of endpoints that are gone, until their last requests have ended, with their upstream. */
  readonly #drained = new Map<EndpointPool, string>();
  /** Whose connections are limited. */
  readonly #limited = new Set<EndpointPool>();
  readonly #shared: SharedState | undefined;
  readonly #attempts = new LiveSet<Timed>();
  readonly #look = (now: number): boolean => this.#check(now);
  /** Runs while something is held. */
  #sweeper: NodeJS.Timeout | undefined;
  #now = performance.now();

  /** `shared`: where connections are counted that are limited. */
  constructor(shared?: SharedState) {
    this.#shared = shared;
    pulse.joinDeadlines(this.#look);
  }

  /**
   * `peers`: whom the connection is of, for an upstream that wants to be told; undefined for Loom itself. Throws LoomError
   * `tls-failed` where the settings of the upstream allow no connection.
   */
  get(endpoint: Place, upstream: Reached, peers?: ProxiedPeers): EndpointPool {
    const known = this.#known.get(upstream);
    const origins = known && !known.retired ? known : this.#enter(upstream);
    const { authority } = endpoint;
    const key = origins.transport.isAnnounced ? `${authority} ${nameOf(peers)}` : authority;
    let held = origins.held.get(key);
    if (!held) origins.held.set(key, (held = { pool: this.#make(origins, endpoint, peers), usedAt: 0 }));
    held.usedAt = this.#now;
    return held.pool;
  }

  /** `attempt.check` is called with each beat until `forget`: timeouts are late by at most one. */
  watch(attempt: Timed): void {
    this.#attempts.add(attempt);
    pulse.wake();
  }

  forget(attempt: Timed): void {
    this.#attempts.delete(attempt);
  }

  /** That upstream has that endpoint no more: connections to it are closed behind the requests on them. */
  drain(upstream: string, authority: string): void {
    for (const { held, transport } of this.#origins.get(upstream) ?? []) {
      const keys = transport.isAnnounced
        ? held.keys().filter((key) => key.startsWith(`${authority} `))
        : [authority];
      for (const key of keys) this.#retire(upstream, held, key);
    }
  }

  /** What there is at the moment, by upstream; that of addresses which plugins call is under the empty name. */
  get figures(): ReadonlyMap<string, PoolFigures> {
    const sums = new Map<string, PoolFigures>();
    const add = (upstream: string, { figures }: EndpointPool): void => {
      const { idle, busy, pending } = sums.get(upstream) ?? nothing;
      sums.set(upstream, {
        idle: idle + figures.idle,
        busy: busy + figures.busy,
        pending: pending + figures.pending,
      });
    };
    for (const [upstream, all] of this.#origins)
      for (const { held } of all) for (const { pool } of held.values()) add(upstream, pool);
    for (const [pool, upstream] of this.#drained) add(upstream, pool);
    return sums;
  }

  close(): void {
    pulse.leave(this.#look);
    this.#stopSweeper();
    for (const all of this.#origins.values())
      for (const { held } of all) for (const { pool } of held.values()) pool.destroy();
    for (const pool of this.#drained.keys()) pool.destroy();
  }

  #check(now: number): boolean {
    this.#now = now;
    for (const attempt of this.#attempts.values()) attempt.check(now);
    for (const pool of this.#limited) pool.share();
    return this.#attempts.size > 0 || this.#limited.size > 0;
  }

  #enter(upstream: Reached): Origins {
    this.#sweeper ??= this.#startSweeper();
    const { id } = upstream;
    const key = `${transportKey(upstream)} ${JSON.stringify(upstream.limits)}`;
    let all = this.#origins.get(id);
    if (!all) this.#origins.set(id, (all = new Set()));
    let origins = all.values().find((one) => one.key === key);
    if (!origins) {
      const transport = new Transport(upstream);
      // What was made with other settings is of no use any more.
      if (id !== '') for (const { held } of all) for (const name of held.keys()) this.#retire(id, held, name);
      const { slot, limits } = upstream;
      const isLimited = this.#shared && slot !== undefined && limits && limitsConnections(limits);
      const seats = isLimited ? new UpstreamSeats(slot, this.#shared, limits) : undefined;
      origins = { upstream: id, key, transport, seats, held: new Map(), retired: false };
      all.add(origins);
    }
    this.#known.set(upstream, origins);
    return origins;
  }

  #make({ transport, seats }: Origins, endpoint: Place, peers: ProxiedPeers | undefined): EndpointPool {
    const { slot } = endpoint;
    const plan = seats && slot !== undefined ? { upstream: seats, slot } : undefined;
    const pool = transport.pool(endpoint, peers, plan);
    if (plan) {
      this.#limited.add(pool);
      pulse.wake();
    }
    return pool;
  }

  #retire(upstream: string, held: Map<string, Held>, key: string): void {
    const pool = held.get(key)?.pool;
    if (!pool) return;
    held.delete(key);
    this.#drained.set(pool, upstream);
    pool.drain();
  }

  #forget(pool: EndpointPool): void {
    if (this.#limited.delete(pool)) pool.leave();
  }

  #sweep(): void {
    this.#now = performance.now();
    for (const pool of this.#drained.keys()) {
      pool.sweep(this.#now);
      if (!pool.isEmpty) continue;
      this.#drained.delete(pool);
      this.#forget(pool);
    }
    for (const [upstream, all] of this.#origins) {
      for (const origins of all) {
        const { held, transport } = origins;
        // Those of clients are many, and each is missed by one client only.
        const longest = transport.isAnnounced ? 0 : unusedMs;
        for (const [key, { pool, usedAt }] of held) {
          pool.sweep(this.#now);
          if (!pool.isEmpty || this.#now - usedAt <= longest) continue;
          held.delete(key);
          this.#forget(pool);
        }
        if (held.size > 0) continue;
        origins.retired = true;
        all.delete(origins);
      }
      if (all.size === 0) this.#origins.delete(upstream);
    }
    if (this.#origins.size === 0 && this.#drained.size === 0) this.#stopSweeper();
  }

  #startSweeper(): NodeJS.Timeout {
    // The clock stood still while nothing was held.
    this.#now = performance.now();
    return setInterval(() => this.#sweep(), sweepEveryMs).unref();
  }

  #stopSweeper(): void {
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }
}

const nothing: PoolFigures = { idle: 0, busy: 0, pending: 0 };

const nameOf = (peers: ProxiedPeers | undefined): string =>
  peers ? `${peers.client.address} ${peers.client.port} ${peers.local.address} ${peers.local.port}` : 'own';
