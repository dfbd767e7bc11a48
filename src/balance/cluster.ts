import type { ErrorCode } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { HeaderList } from '../http/headers.ts';
import type { PlacedUpstream } from '../runtime/messages.ts';
import { Breaker } from './breaker.ts';
import { machineMs } from './clock.ts';
import type { EndpointSet, LiveEndpoint } from './endpoints.ts';
import { type Group, groupsOf } from './group.ts';
import { OutlierReports } from './outliers/reports.ts';
import type { PickSource, Skip } from './policies/policy.ts';
import { Load } from './load.ts';
import { type SharedState, upstreamCell } from './shared.ts';
import { StickyTable } from './sticky.ts';

/**
 * One upstream with its settings, in one worker. A changed setting makes a new Cluster over the same endpoint set and the
 * same slots, so its place in the turn, its counts, health and breaker go on.
 */
export class Cluster {
  readonly id: string;
  readonly upstream: PlacedUpstream;
  readonly endpoints: EndpointSet;
  readonly breaker: Breaker | undefined;
  readonly load: Load;
  readonly outliers: OutlierReports | undefined;
  readonly #cells: Int32Array;
  readonly #healthCell: number;
  readonly #draw: Omit<PickSource, 'panic'>;
  readonly #unsubscribe: () => void;
  #groups: readonly Group[] = [];
  /** The first, where it takes all requests. */
  #only: Group | undefined;
  #sticky: StickyTable | undefined;
  /** What the cell was before the pickers were made. */
  #health: number;
  /** The machine's time at which a slow start ends; Infinity: there is none. */
  #warmUntil = Infinity;

  constructor(
    upstream: PlacedUpstream,
    endpoints: EndpointSet,
    shared: SharedState,
    random: () => number = Math.random,
  ) {
    this.id = upstream.id;
    this.upstream = upstream;
    this.endpoints = endpoints;
    this.breaker = upstream.circuitBreaker && new Breaker(upstream.circuitBreaker, upstream.slot, shared);
    this.load = new Load(upstream.slot, shared, upstream.limits);
    const { outlierDetection } = upstream;
    const size = (): number => endpoints.current.length;
    this.outliers = outlierDetection && new OutlierReports(outlierDetection, upstream.slot, shared, size);
    const { cells } = shared;
    const turnCell = shared.upstream(upstream.slot, upstreamCell.turn);
    this.#cells = cells;
    this.#healthCell = shared.upstream(upstream.slot, upstreamCell.health);
    this.#draw = { turn: () => Atomics.add(cells, turnCell, 1) >>> 0, random };
    this.#unsubscribe = endpoints.onChange(() => this.#arrange());
    this.#health = Atomics.load(cells, this.#healthCell);
    this.#arrange();
  }

  /**
   * The endpoint for the next try of a request that has tried those of `skip`. `no-endpoint` when there is none that
   * takes requests, `no-healthy-endpoint` when there are, but all are unhealthy or tried.
   */
  pick(skip?: Skip, exchange?: Exchange): LiveEndpoint | ErrorCode {
    if (Atomics.load(this.#cells, this.#healthCell) !== this.#health) this.#renew();
    else if (this.#warmUntil !== Infinity && machineMs() > this.#warmUntil) this.#judge();
    if (this.#sticky && exchange) {
      const held = this.#sticky.find(exchange.request.headers);
      if (held?.healthy && !skip?.has(held)) return held;
    }
    const only = this.#only;
    const picked = only ? only.picker.pick(only, skip, exchange) : this.#spread(skip, exchange);
    return picked ?? this.#other(skip, exchange);
  }

  /** Tells the client by a cookie to come back to the endpoint that has answered it, where the upstream wants that. */
  mark(exchange: Exchange, endpoint: LiveEndpoint, headers: HeaderList): void {
    if (!this.#sticky) return;
    const field = this.#sticky.field(exchange.request.headers, endpoint);
    if (field !== undefined) headers.append('set-cookie', field);
  }

  /** After the last request that may use it. */
  close(): void {
    this.#unsubscribe();
  }

  /** Something about the endpoints has changed: which they are, or their health. */
  #renew(): void {
    // Before both: what changes after this line is seen by the next pick.
    const seen = Atomics.load(this.#cells, this.#healthCell);
    this.endpoints.catchUp();
    this.#judge();
    this.#health = seen;
  }

  /** After a change of the endpoints. */
  #arrange(): void {
    const { current } = this.endpoints;
    const { stickyCookie } = this.upstream;
    this.#sticky = stickyCookie && new StickyTable(stickyCookie, this.id, current);
    this.#groups = groupsOf(current, this.upstream, this.#draw);
    this.#judge();
  }

  /**
   * After a change of health: pickers know the healthy endpoints only, since one that stepped over the unhealthy would give their
   * share to whichever comes after them.
   */
  #judge(): void {
    let capacity = 0;
    for (const group of this.#groups) {
      group.look();
      capacity += group.capacity;
    }
    this.#warmUntil = Infinity;
    for (const group of this.#groups) {
      group.settle(capacity < 100);
      if (group.warmUntil > 0) this.#warmUntil = Math.min(this.#warmUntil, group.warmUntil);
    }
    const [first] = this.#groups;
    this.#only = first && (first.capacity === 100 || this.#groups.length === 1) ? first : undefined;
  }

  /** Each group in turn takes of the requests what it can, or its share of what all of them can where that is less. */
  #spread(skip: Skip | undefined, exchange: Exchange | undefined): LiveEndpoint | undefined {
    let capacity = 0;
    for (const group of this.#groups) capacity += group.capacity;
    let point = this.#draw.random() * Math.min(100, capacity);
    for (const group of this.#groups) {
      if (point < group.capacity) return group.picker.pick(group, skip, exchange);
      point -= group.capacity;
    }
    return undefined;
  }

  /** The group that it fell to has nothing left for this request. */
  #other(skip: Skip | undefined, exchange: Exchange | undefined): LiveEndpoint | ErrorCode {
    for (const group of this.#groups) {
      const picked = group.picker.pick(group, skip, exchange);
      if (picked) return picked;
    }
    return this.#groups.length > 0 ? 'no-healthy-endpoint' : 'no-endpoint';
  }
}
