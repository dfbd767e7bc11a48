import type { Plugin } from '../../model/plugin.ts';
import type { Endpoint, Upstream } from '../../model/upstream.ts';
import type { Target } from './targets.ts';
import type { ToldService } from './annotations.ts';

/** Where the endpoints of an upstream come from. */
export interface Backing {
  readonly service: string;
  readonly port: number;
}

/** What one translation collects. */
export class World {
  readonly upstreams = new Map<string, Upstream>();
  readonly plugins = new Map<string, Plugin>();
  /** By namespace: which rules get a plugin without naming it. */
  readonly targets = new Map<string, readonly Target[]>();
  readonly fixed = new Map<string, readonly Endpoint[]>();
  readonly backings = new Map<string, Backing>();
  readonly annotated: ToldService[] = [];
  /** Secret id → hosts of each route that names it. */
  readonly tls = new Map<string, (readonly string[])[]>();
  /** Ids of Secrets with which plugins are fetched. */
  readonly pullSecrets = new Set<string>();
  /** Ids of Secrets that the TLS of upstreams is made of. */
  readonly upstreamSecrets = new Set<string>();
  /** The same of ConfigMaps. */
  readonly upstreamConfigMaps = new Set<string>();
}
