import { randomUUID } from 'node:crypto';
import type { SlotTable } from '../balance/slots.ts';
import type { Endpoint, Upstream } from '../model/upstream.ts';
import type { PlacedEndpoint, PlacedUpstream } from '../runtime/messages.ts';

/** What upstreams are told of the process. */
interface Place {
  /** Where it is. */
  readonly zone?: string;
  /** Makes the values of sticky cookies where the upstream has no secret of its own; undefined: one that ends with the process. */
  readonly stickySecret?: string;
  /** Who writes upstreams must not reach the machine itself. */
  readonly foreignOnly?: boolean;
}

const processSecret = randomUUID();

/** Gives upstreams and endpoints their places in the shared state. Throws LoomError `internal` when there are none left. */
export class Placement {
  readonly #slots: SlotTable;
  readonly #place: Place;

  constructor(slots: SlotTable, place: Place = {}) {
    this.#slots = slots;
    this.#place = place;
  }

  /** An upstream keeps its place until it is removed. */
  upstream(from: Upstream): PlacedUpstream {
    const { zone, stickySecret = processSecret, foreignOnly } = this.#place;
    const { stickyCookie } = from;
    return {
      ...from,
      slot: this.#slots.upstream(from.id),
      ...(zone !== undefined && { zone }),
      ...(foreignOnly && { foreignOnly }),
      ...(stickyCookie && { stickyCookie: { secret: stickySecret, ...stickyCookie } }),
    };
  }

  /** All endpoints of an upstream; those that stay keep their places. */
  endpoints(upstream: string, from: readonly Endpoint[]): readonly PlacedEndpoint[] {
    return this.#slots.endpoints(upstream, from);
  }

  /** The upstream is gone, and its endpoints with it. */
  remove(upstream: string): void {
    this.#slots.removeUpstream(upstream);
  }
}
