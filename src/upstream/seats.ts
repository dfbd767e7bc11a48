import { type SharedState, endpointCell, upstreamCell } from '../balance/shared.ts';
import { LoomError } from '../errors.ts';
import type { UpstreamLimits } from '../model/upstream.ts';

/** A pool that can do with a connection less. */
interface Yielding {
  /** Closes an idle connection and gives its seat back; false where none is idle. */
  yieldOne(): boolean;
}

interface Counted {
  readonly cell: number;
  readonly limit: number;
}

/** How many connections an upstream may have, counted over all workers; made only where there is a limit. */
export class UpstreamSeats {
  readonly shared: SharedState;
  readonly connections: Counted;
  readonly pending: Counted;
  readonly perEndpoint: number;
  /** Of this worker. */
  readonly pools = new Set<Yielding>();

  constructor(slot: number, shared: SharedState, limits: UpstreamLimits) {
    const { connections = Infinity, connectionsPerEndpoint = Infinity, pending = Infinity } = limits;
    this.shared = shared;
    this.connections = { cell: shared.upstream(slot, upstreamCell.connections), limit: connections };
    this.pending = { cell: shared.upstream(slot, upstreamCell.pending), limit: pending };
    this.perEndpoint = connectionsPerEndpoint;
  }
}

/** Where a pool counts its connections: the upstream, and the slot of the endpoint. */
export interface SeatPlan {
  readonly upstream: UpstreamSeats;
  readonly slot: number;
}

export const limitsConnections = ({ connections, connectionsPerEndpoint }: UpstreamLimits): boolean =>
  connections !== undefined || connectionsPerEndpoint !== undefined;

/** The seats of one pool: room for its connections, and the places where requests wait for that. */
export class Seats {
  readonly #upstream: UpstreamSeats;
  readonly #shared: SharedState;
  readonly #endpoint: Counted;
  readonly #pool: Yielding;

  constructor({ upstream, slot }: SeatPlan, pool: Yielding) {
    this.#upstream = upstream;
    this.#shared = upstream.shared;
    this.#pool = pool;
    const cell = upstream.shared.endpoint(slot, endpointCell.connections);
    this.#endpoint = { cell, limit: upstream.perEndpoint };
    upstream.pools.add(pool);
  }

  /** For a connection more; false where there are as many as may be. An idle one to another endpoint makes way. */
  take(): boolean {
    const { connections, pools } = this.#upstream;
    if (!this.#enter(this.#endpoint)) return false;
    if (this.#enter(connections)) return true;
    for (const pool of pools)
      if (pool !== this.#pool && pool.yieldOne() && this.#enter(connections)) return true;
    this.#shared.count(this.#endpoint.cell, -1);
    return false;
  }

  give(): void {
    this.#shared.count(this.#endpoint.cell, -1);
    this.#shared.count(this.#upstream.connections.cell, -1);
  }

  /** Counts a request in that waits. Throws LoomError `upstream-overloaded` where as many do as may. */
  queue(): void {
    if (this.#enter(this.#upstream.pending)) return;
    const error = new LoomError('upstream-overloaded', 'too many requests wait for a connection');
    error.retryAfterMs = 1000;
    throw error;
  }

  unqueue(): void {
    this.#shared.count(this.#upstream.pending.cell, -1);
  }

  /** Requests elsewhere wait for a seat that this pool may hold. `own`: how many wait here. */
  isWanted(own: number): boolean {
    const { connections, pending } = this.#upstream;
    return this.#load(pending) > own && (this.#isFull(connections) || this.#isFull(this.#endpoint));
  }

  /** The pool is no more. */
  close(): void {
    this.#upstream.pools.delete(this.#pool);
  }

  #enter({ cell, limit }: Counted): boolean {
    return this.#shared.countBelow(cell, limit);
  }

  #isFull(counted: Counted): boolean {
    return this.#load(counted) >= counted.limit;
  }

  #load({ cell }: Counted): number {
    return Atomics.load(this.#shared.cells, cell);
  }
}
