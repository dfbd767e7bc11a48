import type { SlotTable } from '../balance/slots.ts';
import type { Endpoint, Model, Upstream } from '../model/model.ts';
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

/** Gives upstreams and endpoints their places in the shared state. What did not change keeps its identity. */
export class Placement {
  readonly #slots: SlotTable;
  #upstreams = new Map<string, KnownUpstream>();
  #endpoints = new Map<string, KnownEndpoints>();

  constructor(slots: SlotTable) {
    this.#slots = slots;
  }

  place(model: Model, plugins: ReadonlyMap<string, LoadedPlugin>): PlacedModel {
    const upstreams = new Map<string, KnownUpstream>();
    for (const [id, from] of model.upstreams) {
      const known = this.#upstreams.get(id);
      const placed = known?.from === from ? known.placed : { ...from, slot: this.#slots.upstream(id) };
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
