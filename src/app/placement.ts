import { randomUUID } from 'node:crypto';
import type { SlotTable } from '../balance/slots.ts';
import type { Model } from '../model/model.ts';
import type { Endpoint, Upstream } from '../model/upstream.ts';
import type { PlacedModel } from '../runtime/delta.ts';
import type { LoadedPlugin, PlacedEndpoint, PlacedUpstream } from '../runtime/messages.ts';

interface KnownUpstream {
  readonly from: Upstream;
  readonly placed: PlacedUpstream;
}

interface KnownEndpoints {
  readonly from: readonly Endpoint[];
  readonly placed: readonly PlacedEndpoint[];
}

/** What upstreams are told of the process. */
interface Place {
  /** Where it is. */
  readonly zone?: string;
  /** Makes the values of sticky cookies where the upstream has no secret of its own; undefined: one that ends with the process. */
  readonly stickySecret?: string;
}

const processSecret = randomUUID();

/** Gives upstreams and endpoints their places in the shared state. What did not change keeps its identity. */
export class Placement {
  readonly #slots: SlotTable;
  readonly #place: Place;
  #upstreams = new Map<string, KnownUpstream>();
  #endpoints = new Map<string, KnownEndpoints>();

  constructor(slots: SlotTable, place: Place = {}) {
    this.#slots = slots;
    this.#place = place;
  }

  place(model: Model, plugins: ReadonlyMap<string, LoadedPlugin>): PlacedModel {
    const upstreams = new Map<string, KnownUpstream>();
    for (const [id, from] of model.upstreams) {
      const known = this.#upstreams.get(id);
      const placed = known?.from === from ? known.placed : this.#placeUpstream(from);
      upstreams.set(id, { from, placed });
    }
    for (const id of this.#upstreams.keys()) if (!upstreams.has(id)) this.#slots.removeUpstream(id);
    this.#upstreams = upstreams;
    return {
      routes: model.routes,
      upstreams: new Map([...upstreams].map(([id, { placed }]) => [id, placed])),
      plugins,
      certificates: model.certificates,
      endpoints: this.placeEndpoints(model.endpoints),
    };
  }

  #placeUpstream(from: Upstream): PlacedUpstream {
    const { zone, stickySecret = processSecret } = this.#place;
    const { stickyCookie } = from;
    return {
      ...from,
      slot: this.#slots.upstream(from.id),
      ...(zone !== undefined && { zone }),
      ...(stickyCookie && { stickyCookie: { secret: stickySecret, ...stickyCookie } }),
    };
  }

  placeEndpoints(
    all: ReadonlyMap<string, readonly Endpoint[]>,
  ): ReadonlyMap<string, readonly PlacedEndpoint[]> {
    const next = new Map<string, KnownEndpoints>();
    for (const [upstream, from] of all) {
      const known = this.#endpoints.get(upstream);
      const placed = known?.from === from ? known.placed : this.#slots.endpoints(upstream, from);
      next.set(upstream, { from, placed });
    }
    this.#endpoints = next;
    return new Map([...next].map(([id, { placed }]) => [id, placed]));
  }
}
