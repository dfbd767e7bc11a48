import type { OutlierDetection } from '../../model/upstream.ts';
import { toTick } from '../clock.ts';
import { endpointCell, type SharedState, unhealthyBit, upstreamCell } from '../shared.ts';

/** Why an endpoint was ejected; 0: it never was. */
export const reasons = ['', 'consecutive errors', 'error ratio', 'latency'] as const;
export type Reason = 1 | 2 | 3;

/** Slots of an endpoint and its upstream in the shared state. */
export interface Slots {
  readonly upstream: number;
  readonly endpoint: number;
}

/**
 * Ejections of endpoints, in the shared state: any worker can eject at once, the control thread readmits. `until` is the claim: who
 * sets it from 0 has ejected, who sets it to 0 has readmitted, so each is done once.
 */
export class Ejections {
  readonly #shared: SharedState;

  constructor(shared: SharedState) {
    this.#shared = shared;
  }

  /** False, and nothing is done, where it is ejected already, or so many of the `size` endpoints are as may be. */
  eject(slots: Slots, reason: Reason, size: number, settings: OutlierDetection, now: number): boolean {
    const { cells } = this.#shared;
    if (size < 2) return false;
    const most = Math.max(1, Math.floor((size * settings.maxEjectionPercent) / 100));
    const ejected = this.#shared.upstream(slots.upstream, upstreamCell.ejected);
    for (;;) {
      const count = Atomics.load(cells, ejected);
      if (count >= most) return false;
      if (Atomics.compareExchange(cells, ejected, count, count + 1) === count) break;
    }
    const times = Atomics.load(cells, this.#at(slots, endpointCell.ejections)) + 1;
    const until = (now + Math.min(settings.maxEjectionMs, settings.ejectionMs * times)) | 0 || 1;
    if (Atomics.compareExchange(cells, this.#at(slots, endpointCell.ejectedUntil), 0, until) !== 0) {
      Atomics.sub(cells, ejected, 1);
      return false;
    }
    Atomics.store(cells, this.#at(slots, endpointCell.ejectionReason), reason);
    Atomics.store(cells, this.#at(slots, endpointCell.ejections), times);
    Atomics.store(cells, this.#at(slots, endpointCell.consecutive), 0);
    Atomics.or(cells, this.#at(slots, endpointCell.unhealthy), unhealthyBit.ejected);
    this.#changed(slots);
    return true;
  }

  readmit(slots: Slots, now: number): void {
    const { cells } = this.#shared;
    const until = this.#at(slots, endpointCell.ejectedUntil);
    if (Atomics.exchange(cells, until, 0) === 0) return;
    Atomics.store(cells, this.#at(slots, endpointCell.consecutive), 0);
    Atomics.store(cells, this.#at(slots, endpointCell.since), toTick(now));
    Atomics.and(cells, this.#at(slots, endpointCell.unhealthy), ~unhealthyBit.ejected);
    Atomics.sub(cells, this.#shared.upstream(slots.upstream, upstreamCell.ejected), 1);
    this.#changed(slots);
  }

  /** Milliseconds that are left, undefined where it is not ejected; 0 when it is over. */
  leftMs(endpoint: number, now: number): number | undefined {
    const until = Atomics.load(
      this.#shared.cells,
      this.#shared.endpoint(endpoint, endpointCell.ejectedUntil),
    );
    return until === 0 ? undefined : Math.max(0, (until - now) | 0);
  }

  reason(endpoint: number): (typeof reasons)[number] {
    const { cells } = this.#shared;
    return reasons[Atomics.load(cells, this.#shared.endpoint(endpoint, endpointCell.ejectionReason))] ?? '';
  }

  #at({ endpoint }: Slots, cell: number): number {
    return this.#shared.endpoint(endpoint, cell);
  }

  /** After the bit: a worker that sees the new count of changes must see it. */
  #changed({ upstream }: Slots): void {
    this.#shared.touch(upstream);
  }
}
