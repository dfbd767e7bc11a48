import type { ErrorCode } from '../errors.ts';
import type { PlacedUpstream } from '../runtime/messages.ts';
import { Breaker } from './breaker.ts';
import type { EndpointSet, LiveEndpoint } from './endpoints.ts';
import type { Picker, PickSource, Skip } from './policies/policy.ts';
import { policies } from './policies/registry.ts';
import { type SharedState, upstreamCell } from './shared.ts';

/**
 * One upstream with its settings, in one worker. A changed setting makes a new Cluster over the same endpoint set and the
 * same slots, so its place in the turn, its counts, health and breaker go on.
 */
export class Cluster {
  readonly id: string;
  readonly upstream: PlacedUpstream;
  readonly endpoints: EndpointSet;
  readonly breaker: Breaker | undefined;
  readonly #cells: Int32Array;
  readonly #healthCell: number;
  readonly #source: PickSource;
  readonly #unsubscribe: () => void;
  #picker!: Picker;
  #health = 0;

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
    const { cells } = shared;
    const turnCell = shared.upstream(upstream.slot, upstreamCell.turn);
    this.#cells = cells;
    this.#healthCell = shared.upstream(upstream.slot, upstreamCell.health);
    this.#source = { turn: () => Atomics.add(cells, turnCell, 1) >>> 0, random };
    this.#unsubscribe = endpoints.onChange(() => this.#build());
    this.#build();
  }

  /**
   * The endpoint for the next try of a request that has tried those of `skip`. `no-endpoint` when there is none that
   * takes requests, `no-healthy-endpoint` when there are, but all are unhealthy or tried.
   */
  pick(skip?: Skip): LiveEndpoint | ErrorCode {
    if (Atomics.load(this.#cells, this.#healthCell) !== this.#health) this.#build();
    return this.#picker.pick(this.#source, skip) ?? this.#nothing();
  }

  /** After the last request that may use it. */
  close(): void {
    this.#unsubscribe();
  }

  /**
   * The picker knows the healthy endpoints only: one that stepped over the unhealthy would give their share to whichever
   * comes after them.
   */
  #build(): void {
    // Before the health bits: a change of theirs after this line is seen by the next pick.
    this.#health = Atomics.load(this.#cells, this.#healthCell);
    this.#picker = policies[this.upstream.loadBalancer].build(
      this.endpoints.current.filter(({ healthy }) => healthy),
    );
  }

  #nothing(): ErrorCode {
    const { current } = this.endpoints;
    const taking =
      this.upstream.loadBalancer === 'Weighted'
        ? current.some(({ weight }) => weight > 0)
        : current.length > 0;
    return taking ? 'no-healthy-endpoint' : 'no-endpoint';
  }
}
