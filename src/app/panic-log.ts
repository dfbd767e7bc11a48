import { type SharedState, upstreamCell } from '../balance/shared.ts';
import type { PlacedModel } from '../runtime/delta.ts';
import type { Logger } from '../telemetry/log.ts';
import { isPanicking } from './upstream-state.ts';

const lookMs = 1000;

interface Known {
  readonly health: number;
  readonly endpoints: unknown;
  readonly panic: boolean;
}

/** Says in the log when requests of an upstream begin to go to its unhealthy endpoints too, and when that is over. */
export class PanicLog {
  readonly #placed: () => PlacedModel;
  readonly #shared: SharedState;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  readonly #known = new Map<string, Known>();

  constructor(placed: () => PlacedModel, shared: SharedState, log: Logger) {
    this.#placed = placed;
    this.#shared = shared;
    this.#log = log;
    this.#timer = setInterval(() => this.look(), lookMs).unref();
  }

  look(): void {
    const { upstreams, endpoints: all } = this.#placed();
    for (const id of this.#known.keys()) if (!upstreams.has(id)) this.#known.delete(id);
    for (const upstream of upstreams.values()) {
      const { id, slot } = upstream;
      // Nothing says of its endpoints that they are unhealthy, or that they are healthy again.
      if (!upstream.healthCheck && !upstream.outlierDetection && !this.#known.has(id)) continue;
      const health = Atomics.load(this.#shared.cells, this.#shared.upstream(slot, upstreamCell.health));
      const endpoints = all.get(id) ?? [];
      const before = this.#known.get(id);
      // Nothing has changed that it depends on but the threshold, which is a new upstream's business.
      if (before?.health === health && before.endpoints === endpoints) continue;
      const panic = isPanicking(upstream, endpoints, this.#shared);
      this.#known.set(id, { health, endpoints, panic });
      if (panic === (before?.panic ?? false)) continue;
      if (panic) this.#log.warn({ upstream: id }, 'too few endpoints are healthy; all are used');
      else this.#log.info({ upstream: id }, 'enough endpoints are healthy');
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
