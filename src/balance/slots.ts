import { LoomError } from '../errors.ts';
import type { Endpoint } from '../model/upstream.ts';
import type { PlacedEndpoint } from '../runtime/messages.ts';
import { machineMs, toTick } from './clock.ts';
import {
  breakerState,
  endpointCell,
  maxEndpoints,
  maxUpstreams,
  type SharedState,
  upstreamCell,
} from './shared.ts';
import { SlotPool } from './slot-pool.ts';

interface Place {
  readonly slot: number;
  /** By `address:port`. */
  endpoints: ReadonlyMap<string, number>;
}

interface Leaving {
  readonly upstream: string;
  readonly slot: number;
}

/**
 * Which slot of the shared state belongs to whom. Control thread only. The slot of an endpoint that is gone waits until
 * nothing is in flight there: a request that is still running will count itself out of that cell, and must not count
 * itself out of another endpoint's.
 */
export class SlotTable {
  readonly #shared: SharedState;
  readonly #upstreamPool: SlotPool;
  readonly #endpointPool: SlotPool;
  readonly #places = new Map<string, Place>();
  /** By upstream and endpoint. */
  readonly #leaving = new Map<string, Leaving>();
  /** Slots of upstreams that are gone while endpoints of theirs are leaving, by upstream id. */
  readonly #leavingUpstreams = new Map<string, number>();

  constructor(shared: SharedState, limits: { readonly endpoints: number; readonly upstreams: number } = all) {
    this.#shared = shared;
    this.#endpointPool = new SlotPool(limits.endpoints);
    this.#upstreamPool = new SlotPool(limits.upstreams);
  }

  /** The slot of an upstream. Throws LoomError `internal` when all are taken. */
  upstream(id: string): number {
    return this.#place(id).slot;
  }

  /**
   * The whole of an upstream's endpoints with their slots, in the same order; those that are not among them any more are
   * released. Throws LoomError `internal` when all slots are taken; then the upstream has the endpoints it had.
   */
  endpoints(upstream: string, endpoints: readonly Endpoint[]): readonly PlacedEndpoint[] {
    this.#sweep();
    const place = this.#place(upstream);
    const next = new Map<string, number>();
    const taken: number[] = [];
    for (const endpoint of endpoints) {
      const key = keyOf(endpoint);
      if (next.has(key)) continue;
      const known = place.endpoints.get(key) ?? this.#leaving.get(leavingKey(upstream, key))?.slot;
      const slot = known ?? this.#endpointPool.take();
      if (slot === undefined) {
        for (const back of taken) this.#endpointPool.give(back);
        throw full('endpoint', this.#endpointPool.size, upstream);
      }
      if (known === undefined) taken.push(slot);
      next.set(key, slot);
    }
    for (const [key, slot] of next) {
      // One that comes back while it is leaving keeps its own slot: what is in flight there is in flight to it.
      if (this.#leaving.delete(leavingKey(upstream, key))) taken.push(slot);
    }
    for (const slot of taken) this.#clearEndpoint(slot);
    for (const [key, slot] of place.endpoints) if (!next.has(key)) this.#leave(upstream, key, slot);
    place.endpoints = next;
    this.#sweep();
    return endpoints.map((endpoint) => ({ ...endpoint, slot: next.get(keyOf(endpoint)) as number }));
  }

  /** Releases an upstream and its endpoints. */
  removeUpstream(id: string): void {
    const place = this.#places.get(id);
    if (!place) return;
    this.#places.delete(id);
    for (const [key, slot] of place.endpoints) this.#leave(id, key, slot);
    this.#leavingUpstreams.set(id, place.slot);
    this.#sweep();
  }

  #place(id: string): Place {
    const known = this.#places.get(id);
    if (known) return known;
    this.#sweep();
    const returning = this.#leavingUpstreams.get(id);
    this.#leavingUpstreams.delete(id);
    const slot = returning ?? this.#upstreamPool.take();
    if (slot === undefined) throw full('upstream', this.#upstreamPool.size, id);
    this.#clearUpstream(slot);
    const place: Place = { slot, endpoints: new Map() };
    this.#places.set(id, place);
    return place;
  }

  #leave(upstream: string, key: string, slot: number): void {
    this.#leaving.set(leavingKey(upstream, key), { upstream, slot });
  }

  /** Frees what has nothing in flight and no counted connection any more. */
  #sweep(): void {
    const { cells } = this.#shared;
    const waiting = new Set<string>();
    for (const [key, { upstream, slot }] of this.#leaving) {
      const { inFlight, connections } = endpointCell;
      const isUsed = [inFlight, connections].some(
        (cell) => Atomics.load(cells, this.#shared.endpoint(slot, cell)) > 0,
      );
      if (isUsed) {
        waiting.add(upstream);
      } else {
        this.#leaving.delete(key);
        this.#endpointPool.give(slot);
      }
    }
    for (const [id, slot] of this.#leavingUpstreams) {
      if (waiting.has(id)) continue;
      this.#leavingUpstreams.delete(id);
      this.#upstreamPool.give(slot);
    }
  }

  /**
   * All but what is counted in and out: that is 0 for a slot from the pool, and a worker which has not heard of the change yet may be
   * counting a last request in and out of it.
   */
  #clearEndpoint(slot: number): void {
    const { cells } = this.#shared;
    const { inFlight: _1, connections: _2, ...others } = endpointCell;
    for (const cell of Object.values(others)) Atomics.store(cells, this.#shared.endpoint(slot, cell), 0);
    Atomics.store(cells, this.#shared.endpoint(slot, endpointCell.since), toTick(machineMs()));
  }

  /** The number of the breaker's state goes on, so that permits of the former owner mean nothing to the new one. */
  #clearUpstream(slot: number): void {
    const { cells } = this.#shared;
    const at = (cell: number): number => this.#shared.upstream(slot, cell);
    for (const cell of [
      upstreamCell.turn,
      upstreamCell.failures,
      upstreamCell.successes,
      upstreamCell.trials,
      upstreamCell.openedAt,
      upstreamCell.ejected,
    ]) {
      Atomics.store(cells, at(cell), 0);
    }
    const state = Atomics.load(cells, at(upstreamCell.breaker));
    if (state !== 0)
      Atomics.store(cells, at(upstreamCell.breaker), (((state & ~3) + 4) & 0x7fffffff) | breakerState.closed);
    Atomics.add(cells, at(upstreamCell.health), 1);
  }
}

const all = { endpoints: maxEndpoints, upstreams: maxUpstreams };

const keyOf = ({ address, port }: Endpoint): string => `${address}:${port}`;

const leavingKey = (upstream: string, key: string): string => `${upstream} ${key}`;

function full(what: string, size: number, upstream: string): LoomError {
  return new LoomError(
    'internal',
    `all ${size} ${what} slots are taken, none is left for upstream ${upstream}`,
  );
}
