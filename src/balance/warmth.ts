import type { SlowStart } from '../model/upstream.ts';
import { machineMs } from './clock.ts';
import type { LiveEndpoint } from './endpoints.ts';
import type { Picker } from './policies/policy.ts';

/** Most draws for one pick. Half of them all miss only where a share of 10 % is the largest. */
const maxDraws = 16;

/** How far endpoints are with their slow start, beside the one that is furthest. */
export class Warmth {
  readonly #settings: SlowStart;
  readonly #oldest: LiveEndpoint;

  /** @returns undefined where all have their whole share. */
  static of(endpoints: readonly LiveEndpoint[], settings: SlowStart): Warmth | undefined {
    const now = machineMs();
    const warming = endpoints.some((endpoint) => endpoint.ageMs(now) < settings.windowMs);
    return warming ? new Warmth(endpoints, settings, now) : undefined;
  }

  private constructor(endpoints: readonly LiveEndpoint[], settings: SlowStart, now: number) {
    this.#settings = settings;
    this.#oldest = endpoints.reduce((a, b) => (b.ageMs(now) > a.ageMs(now) ? b : a));
  }

  /** In (0, 1]. */
  share(endpoint: LiveEndpoint, now: number): number {
    return Math.min(1, this.#absolute(endpoint, now) / this.#absolute(this.#oldest, now));
  }

  /** Milliseconds until all have their whole share. */
  leftMs(endpoints: readonly LiveEndpoint[], now: number): number {
    return endpoints.reduce((left, one) => Math.max(left, this.#settings.windowMs - one.ageMs(now)), 0);
  }

  #absolute(endpoint: LiveEndpoint, now: number): number {
    const { windowMs, minShare } = this.#settings;
    return Math.min(1, Math.max(minShare, endpoint.ageMs(now) / windowMs));
  }
}

/**
 * Takes what `picker` gives with the probability of its warmth and otherwise asks again, so that shares are those of the policy times
 * the warmth.
 */
export function warmly(picker: Picker, warmth: Warmth | undefined): Picker {
  if (!warmth) return picker;
  return {
    pick(source, skip, exchange) {
      const now = machineMs();
      for (let draw = 1; ; draw++) {
        const drawn = picker.pick(source, skip, exchange);
        if (!drawn || draw === maxDraws || source.random() < warmth.share(drawn, now)) return drawn;
      }
    },
  };
}
