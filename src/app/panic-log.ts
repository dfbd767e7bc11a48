import { type SharedState, upstreamCell } from '../balance/shared.ts';
import type { Pulse } from '../pulse.ts';
import type { PlacedModel } from '../runtime/delta.ts';
import type { PlacedEndpoint, PlacedUpstream } from '../runtime/messages.ts';
import type { Logger } from '../telemetry/log.ts';
import { isPanicking } from './upstream-state.ts';

interface Known {
  readonly health: number;
  readonly endpoints: unknown;
  readonly panic: boolean;
}

/** All that have a place, and those among them whose endpoints may be unhealthy. */
interface Places extends Pick<PlacedModel, 'upstreams' | 'endpoints'> {
  readonly watched: PlacedModel['upstreams'];
}

/** Says in the log when requests of an upstream begin to go to its unhealthy endpoints too, and when that is over. */
export class PanicLog {
  readonly #rounds: Pulse;
  readonly #places: () => Places;
  readonly #shared: SharedState;
  readonly #log: Logger;
  readonly #known = new Map<string, Known>();
  readonly #look = (): boolean => this.look();

  /** It looks with each beat of `rounds`. */
  constructor(rounds: Pulse, places: () => Places, shared: SharedState, log: Logger) {
    this.#rounds = rounds;
    this.#places = places;
    this.#shared = shared;
    this.#log = log;
    rounds.join(this.#look);
  }

  /** @returns whether there is more to look at */
  look(): boolean {
    const { watched, upstreams, endpoints } = this.#places();
    for (const [id, { panic }] of this.#known) {
      const upstream = upstreams.get(id);
      // One that has lost its checks while it was in panic is still to say that it is over.
      if (upstream && (panic || isChecked(upstream))) this.#lookAt(upstream, endpoints.get(id) ?? []);
      else this.#known.delete(id);
    }
    for (const [id, upstream] of watched)
      if (isChecked(upstream) && !this.#known.has(id)) this.#lookAt(upstream, endpoints.get(id) ?? []);
    return this.#known.size > 0;
  }

  close(): void {
    this.#rounds.leave(this.#look);
  }

  #lookAt(upstream: PlacedUpstream, endpoints: readonly PlacedEndpoint[]): void {
    const { id, slot } = upstream;
    const health = Atomics.load(this.#shared.cells, this.#shared.upstream(slot, upstreamCell.health));
    const before = this.#known.get(id);
    // Nothing has changed that it depends on but the threshold, which is a new upstream's business.
    if (before?.health === health && before.endpoints === endpoints) return;
    const panic = isPanicking(upstream, endpoints, this.#shared);
    this.#known.set(id, { health, endpoints, panic });
    if (panic === (before?.panic ?? false)) return;
    if (panic) this.#log.warn({ upstream: id }, 'too few endpoints are healthy; all are used');
    else this.#log.info({ upstream: id }, 'enough endpoints are healthy');
  }
}

/** Nothing says of the endpoints of others that they are unhealthy, or that they are healthy again. */
const isChecked = ({ healthCheck, outlierDetection }: PlacedUpstream): boolean =>
  (healthCheck ?? outlierDetection) !== undefined;
