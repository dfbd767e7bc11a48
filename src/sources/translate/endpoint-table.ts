import { NameIndex } from '../../model/name-index.ts';
import type { Endpoint } from '../../model/upstream.ts';
import type { ObjectSet } from '../objects.ts';
import { EndpointMemo } from './endpoints.ts';
import { SliceIndex } from './slice-index.ts';
import type { Pools } from './world.ts';

/** The endpoints of all upstreams: those of a Service, and those that an object lists. */
export class EndpointTable {
  readonly endpoints = new Map<string, readonly Endpoint[]>();
  readonly #pools: Pick<Pools, 'backings' | 'fixed'>;
  readonly #memo = new EndpointMemo();
  readonly #slices = new SliceIndex();
  /** Upstream → its Service. */
  readonly #services = new Map<string, string>();
  /** Service → the upstreams that it backs. */
  readonly #backed = new NameIndex();

  constructor(pools: Pick<Pools, 'backings' | 'fixed'>) {
    this.#pools = pools;
  }

  /**
   * `upstreams`: those that may have another backing; `services` and `slices`: those that changed, undefined for all.
   * @returns ids of upstreams with other endpoints than before
   */
  update(
    objects: ObjectSet,
    upstreams: Iterable<string>,
    services: Iterable<string> | undefined,
    slices: Iterable<string> | undefined,
  ): ReadonlySet<string> {
    const stale = new Set(upstreams);
    for (const id of stale) this.#back(id);
    const touched = this.#slices.update(objects.EndpointSlice, slices);
    for (const service of services ?? this.#backed.keys()) this.#addBacked(service, stale);
    for (const service of touched) this.#addBacked(service, stale);
    const changed = new Set<string>();
    for (const id of stale) if (this.#resolve(id, objects)) changed.add(id);
    return changed;
  }

  #addBacked(service: string, to: Set<string>): void {
    for (const id of this.#backed.of(service)) to.add(id);
  }

  #back(id: string): void {
    const before = this.#services.get(id);
    const now = this.#pools.backings.values.get(id)?.service;
    if (before === now) return;
    if (before !== undefined) {
      this.#backed.remove(before, id);
      this.#services.delete(id);
    }
    if (now === undefined) return;
    this.#services.set(id, now);
    this.#backed.add(now, id);
  }

  #resolve(id: string, objects: ObjectSet): boolean {
    const backing = this.#pools.backings.values.get(id);
    if (!backing) this.#memo.forget(id);
    const endpoints = backing
      ? this.#memo.resolve(
          id,
          objects.Service.get(backing.service),
          backing.port,
          this.#slices.of(backing.service, objects.EndpointSlice),
        )
      : this.#pools.fixed.values.get(id);
    if (endpoints === this.endpoints.get(id)) return false;
    if (endpoints) this.endpoints.set(id, endpoints);
    else this.endpoints.delete(id);
    return true;
  }
}
