import type { OutlierDetection } from '../../model/upstream.ts';
import { machineMs } from '../clock.ts';
import type { LiveEndpoint } from '../endpoints.ts';
import { endpointCell, type SharedState } from '../shared.ts';
import { Ejections } from './ejection.ts';

/** Of a counted latency, so that an interval of many requests fits into a cell. */
export const latencyUnitMs = 1 / 8;

/** Counts what became of tries, in shared cells, and ejects an endpoint at its last error in a row. One for each upstream and worker. */
export class OutlierReports {
  readonly #settings: OutlierDetection;
  readonly #statuses: ReadonlySet<number>;
  readonly #upstreamSlot: number;
  readonly #shared: SharedState;
  readonly #ejections: Ejections;
  readonly #size: () => number;

  /** @param size of the set of endpoints. */
  constructor(settings: OutlierDetection, slot: number, shared: SharedState, size: () => number) {
    this.#settings = settings;
    this.#statuses = new Set(settings.statuses);
    this.#upstreamSlot = slot;
    this.#shared = shared;
    this.#ejections = new Ejections(shared);
    this.#size = size;
  }

  /** The head of a response after `ms`. */
  answered(endpoint: LiveEndpoint, status: number, ms: number): void {
    if (this.#statuses.has(status)) return this.failed(endpoint);
    const { cells } = this.#shared;
    const consecutive = this.#at(endpoint, endpointCell.consecutive);
    if (Atomics.load(cells, consecutive) !== 0) Atomics.store(cells, consecutive, 0);
    Atomics.add(cells, this.#at(endpoint, endpointCell.requests), 1);
    Atomics.add(cells, this.#at(endpoint, endpointCell.latency), Math.round(ms / latencyUnitMs));
  }

  /** No response, by the endpoint's fault. */
  failed(endpoint: LiveEndpoint): void {
    const { cells } = this.#shared;
    Atomics.add(cells, this.#at(endpoint, endpointCell.requests), 1);
    Atomics.add(cells, this.#at(endpoint, endpointCell.errors), 1);
    const count = Atomics.add(cells, this.#at(endpoint, endpointCell.consecutive), 1) + 1;
    const { consecutiveErrors } = this.#settings;
    // Not only at the threshold: as many others as may be could have been ejected then.
    if (consecutiveErrors === 0 || count < consecutiveErrors) return;
    const slots = { upstream: this.#upstreamSlot, endpoint: endpoint.slot };
    this.#ejections.eject(slots, 1, this.#size(), this.#settings, machineMs());
  }

  #at({ slot }: LiveEndpoint, cell: number): number {
    return this.#shared.endpoint(slot, cell);
  }
}
