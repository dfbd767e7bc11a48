import { Breaker, type BreakerState } from '../balance/breaker.ts';
import type { SharedState } from '../balance/shared.ts';
import type { Pulse } from '../pulse.ts';
import type { PlacedModel } from '../runtime/delta.ts';
import type { Logger } from '../telemetry/log.ts';

/**
 * Says in the log when a circuit breaker changes its state. The workers change it in shared memory and do not tell; one
 * look a second on the control thread costs the request path nothing, and misses only what is over within that second.
 */
export class BreakerLog {
  readonly #rounds: Pulse;
  readonly #places: () => Pick<PlacedModel, 'upstreams'>;
  readonly #shared: SharedState;
  readonly #log: Logger;
  readonly #known = new Map<string, BreakerState>();
  readonly #look = (): boolean => this.look();

  /** It looks with each beat of `rounds`. */
  constructor(rounds: Pulse, places: () => Pick<PlacedModel, 'upstreams'>, shared: SharedState, log: Logger) {
    this.#rounds = rounds;
    this.#places = places;
    this.#shared = shared;
    this.#log = log;
    rounds.join(this.#look);
  }

  /** @returns whether there is more to look at */
  look(): boolean {
    const { upstreams } = this.#places();
    for (const id of this.#known.keys()) if (!upstreams.get(id)?.circuitBreaker) this.#known.delete(id);
    for (const { id, slot, circuitBreaker } of upstreams.values()) {
      if (!circuitBreaker) continue;
      const { state } = new Breaker(circuitBreaker, slot, this.#shared);
      const before = this.#known.get(id) ?? 'closed';
      this.#known.set(id, state);
      if (state === before) continue;
      const fields = { upstream: id, state, before };
      if (state === 'open') this.#log.warn(fields, 'circuit breaker changed');
      else this.#log.info(fields, 'circuit breaker changed');
    }
    return this.#known.size > 0;
  }

  close(): void {
    this.#rounds.leave(this.#look);
  }
}
