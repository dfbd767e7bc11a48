import type { Certificate, Route } from '../model/model.ts';
import type {
  Delta,
  EndpointChange,
  LoadedPlugin,
  ModelDelta,
  PlacedEndpoint,
  PlacedUpstream,
} from './messages.ts';

/** The model as workers take it: with shared-state slots and loaded modules. */
export interface PlacedModel {
  readonly routes: ReadonlyMap<string, Route>;
  readonly upstreams: ReadonlyMap<string, PlacedUpstream>;
  readonly plugins: ReadonlyMap<string, LoadedPlugin>;
  readonly certificates: ReadonlyMap<string, Certificate>;
  readonly endpoints: ReadonlyMap<string, readonly PlacedEndpoint[]>;
}

export const emptyModel: PlacedModel = {
  routes: new Map(),
  upstreams: new Map(),
  plugins: new Map(),
  certificates: new Map(),
  endpoints: new Map(),
};

/** What turns one model into another. Compares by identity: an unchanged thing is the same object in both. */
export function diffModels(from: PlacedModel, to: PlacedModel): ModelDelta {
  return {
    routes: diff(from.routes, to.routes),
    upstreams: diff(from.upstreams, to.upstreams),
    plugins: diff(from.plugins, to.plugins),
    certificates: diff(from.certificates, to.certificates),
    endpoints: diffEndpoints(from.endpoints, to.endpoints),
  };
}

/** Changed sets only; those of upstreams that are gone go with the upstream. */
export function diffEndpoints(
  from: PlacedModel['endpoints'],
  to: PlacedModel['endpoints'],
): readonly EndpointChange[] {
  const changes: EndpointChange[] = [];
  for (const [upstream, endpoints] of to) {
    if (from.get(upstream) !== endpoints) changes.push({ upstream, endpoints });
  }
  return changes;
}

export function isEmpty(delta: ModelDelta): boolean {
  const { routes, upstreams, plugins, certificates, endpoints } = delta;
  return (
    endpoints.length === 0 &&
    [routes, upstreams, plugins, certificates].every(
      ({ set, removed }) => set.length === 0 && removed.length === 0,
    )
  );
}

function diff<T>(from: ReadonlyMap<string, T>, to: ReadonlyMap<string, T>): Delta<T> {
  const set: T[] = [];
  const removed: string[] = [];
  for (const [id, value] of to) if (from.get(id) !== value) set.push(value);
  for (const id of from.keys()) if (!to.has(id)) removed.push(id);
  return { set, removed };
}
