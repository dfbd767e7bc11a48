import { Breaker, type BreakerState } from '../balance/breaker.ts';
import type { SharedState } from '../balance/shared.ts';
import type { PlacedModel } from '../runtime/delta.ts';
import type { Logger } from '../telemetry/log.ts';

const lookMs = 1000;

/**
 * Says in the log when a circuit breaker changes its state. The workers change it in shared memory and do not tell; one
 * look a second on the control thread costs the request path nothing, and misses only what is over within that second.
 */
export class BreakerLog {
  readonly #placed: () => PlacedModel;
  readonly #shared: SharedState;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  readonly #known = new Map<string, BreakerState>();

  constructor(placed: () => PlacedModel, shared: SharedState, log: Logger) {
    this.#placed = placed;
    this.#shared = shared;
    this.#log = log;
    this.#timer = setInterval(() => this.look(), lookMs).unref();
  }

  look(): void {
    const { upstreams } = this.#placed();
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
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
