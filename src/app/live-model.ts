import type { DnsEndpoints } from '../balance/dns-endpoints.ts';
import type { Certificate, Model, Route } from '../model/model.ts';
import type { Plugin } from '../model/plugin.ts';
import type { Endpoint, Upstream } from '../model/upstream.ts';
import type {
  Delta,
  EndpointChange,
  LoadedPlugin,
  ModelDelta,
  PlacedEndpoint,
  PlacedUpstream,
} from '../runtime/messages.ts';
import type { Placement } from './placement.ts';

/** Ids of what may be another than it was, or gone. */
export type ModelChanges = Readonly<Record<keyof Model, Iterable<string>>>;

type Endpoints = ReadonlyMap<string, readonly Endpoint[]>;

/**
 * What the workers have, or are being given: as it was told, and with its places. Changed in place, by as much as changes, so that
 * one route among thousands costs what one route costs.
 */
export class LiveModel {
  readonly model = {
    routes: new Map<string, Route>(),
    upstreams: new Map<string, Upstream>(),
    plugins: new Map<string, Plugin>(),
    certificates: new Map<string, Certificate>(),
    endpoints: new Map<string, readonly Endpoint[]>(),
  };
  readonly placed = {
    routes: this.model.routes,
    upstreams: new Map<string, PlacedUpstream>(),
    plugins: new Map<string, LoadedPlugin>(),
    certificates: this.model.certificates,
    endpoints: new Map<string, readonly PlacedEndpoint[]>(),
  };
  /** Those of `placed.upstreams` whose state can change while they stay as they are; few, among thousands that are only sent to. */
  readonly watched = new Map<string, PlacedUpstream>();
  readonly #placement: Placement;
  readonly #dns: DnsEndpoints;
  readonly #failed: (upstream: string, error: unknown) => void;
  /** Upstreams whose endpoints may be names. */
  readonly #named = new Map<string, Upstream>();
  #resolved: Endpoints = new Map();
  /** Upstreams that found no place. */
  readonly #homeless = new Set<string>();

  /** `failed` is told of an upstream for which there is no place left: it keeps what it had, and is tried again with each change. */
  constructor(placement: Placement, dns: DnsEndpoints, failed: (upstream: string, error: unknown) => void) {
    this.#placement = placement;
    this.#dns = dns;
    this.#failed = failed;
  }

  /** Takes over what changed. `plugins` are all that there are. @returns what workers must be told */
  take(from: Model, changes: ModelChanges, plugins: ReadonlyMap<string, LoadedPlugin>): ModelDelta {
    const homeless = [...this.#homeless];
    const upstreams = this.#takeUpstreams(from.upstreams, new Set([...changes.upstreams, ...homeless]));
    move(changes.plugins, from.plugins, this.model.plugins);
    return {
      routes: move(changes.routes, from.routes, this.model.routes),
      upstreams,
      plugins: move(
        new Set([...plugins.keys(), ...this.placed.plugins.keys()]),
        plugins,
        this.placed.plugins,
      ),
      certificates: move(changes.certificates, from.certificates, this.model.certificates),
      endpoints: this.takeEndpoints(from.endpoints, [...changes.endpoints, ...homeless]),
    };
  }

  /** The same for endpoints alone; also where names have other addresses now. */
  takeEndpoints(from: Endpoints, ids: Iterable<string>): readonly EndpointChange[] {
    const touched = new Set(ids);
    move(touched, from, this.model.endpoints);
    for (const id of this.#resolveNames()) touched.add(id);
    const changes: EndpointChange[] = [];
    for (const id of touched) {
      const endpoints = this.#resolved.get(id) ?? this.model.endpoints.get(id);
      if (!endpoints) this.placed.endpoints.delete(id);
      else if (this.placed.upstreams.has(id)) this.#placeEndpoints(id, endpoints, changes);
    }
    return changes;
  }

  #placeEndpoints(upstream: string, from: readonly Endpoint[], changes: EndpointChange[]): void {
    this.#trying(upstream, () => {
      const endpoints = this.#placement.endpoints(upstream, from);
      this.placed.endpoints.set(upstream, endpoints);
      changes.push({ upstream, endpoints });
    });
  }

  #takeUpstreams(from: Model['upstreams'], ids: ReadonlySet<string>): Delta<PlacedUpstream> {
    const delta = { set: [] as PlacedUpstream[], removed: [] as string[] };
    const told = move(ids, from, this.model.upstreams);
    for (const id of told.removed) {
      this.#named.delete(id);
      this.#homeless.delete(id);
      this.#placement.remove(id);
      this.watched.delete(id);
      if (this.placed.upstreams.delete(id)) delta.removed.push(id);
    }
    const again = [...this.#homeless].filter((id) => !this.placed.upstreams.has(id));
    for (const upstream of new Set([...told.set, ...again.flatMap((id) => from.get(id) ?? [])])) {
      if (upstream.dns) this.#named.set(upstream.id, upstream);
      else this.#named.delete(upstream.id);
      this.#trying(upstream.id, () => {
        const placed = this.#placement.upstream(upstream);
        this.placed.upstreams.set(upstream.id, placed);
        if (hasState(placed)) this.watched.set(upstream.id, placed);
        else this.watched.delete(upstream.id);
        delta.set.push(placed);
      });
    }
    return delta;
  }

  #trying(upstream: string, place: () => void): void {
    try {
      place();
      this.#homeless.delete(upstream);
    } catch (error) {
      if (!this.#homeless.has(upstream)) this.#failed(upstream, error);
      this.#homeless.add(upstream);
    }
  }

  /** @returns ids of upstreams with names that lead elsewhere than at the last call */
  #resolveNames(): readonly string[] {
    if (this.#named.size === 0 && this.#resolved.size === 0) return [];
    const before = this.#resolved;
    const told = [...this.#named.keys()].map((id) => [id, this.model.endpoints.get(id) ?? []] as const);
    this.#resolved = this.#dns.expand(this.#named, new Map(told));
    return [...new Set([...before.keys(), ...this.#resolved.keys()])].filter(
      (id) => before.get(id) !== this.#resolved.get(id),
    );
  }
}

const hasState = ({ healthCheck, outlierDetection, circuitBreaker }: Upstream): boolean =>
  (healthCheck ?? outlierDetection ?? circuitBreaker) !== undefined;

/** Makes `to` equal to `from` where they may differ. */
function move<T>(ids: Iterable<string>, from: ReadonlyMap<string, T>, to: Map<string, T>): Delta<T> {
  const delta = { set: [] as T[], removed: [] as string[] };
  for (const id of ids) {
    const value = from.get(id);
    if (value === to.get(id)) continue;
    if (value === undefined) {
      to.delete(id);
      delta.removed.push(id);
    } else {
      to.set(id, value);
      delta.set.push(value);
    }
  }
  return delta;
}
