import type { LoadedPlugin } from '../runtime/messages.ts';
import type { Model } from '../model/model.ts';
import type { Endpoint } from '../model/upstream.ts';
import type { ConditionState } from '../sources/objects.ts';

export interface EndpointState {
  readonly endpoint: Endpoint;
  readonly healthy: boolean;
  /** Why it is not. */
  readonly unhealthy?: string;
  /** RFC 3339, while it is ejected. */
  readonly ejectedUntil?: string;
  readonly inFlight: number;
  /** Of the last health check; undefined where there is none. */
  readonly check?: { readonly result: string; readonly at: string };
}

export interface UpstreamState {
  readonly endpoints: readonly EndpointState[];
  /** Unhealthy endpoints are used too, because too few are healthy. */
  readonly panic: boolean;
  /** undefined where the upstream has no circuit breaker. */
  readonly breaker: 'closed' | 'open' | 'half-open' | undefined;
}

export interface PluginReport {
  /** `failing`: taken out in a worker, because it kept failing. `down`: it has no instance. */
  readonly state: 'serving' | 'failing' | 'down';
  /** The following are sums over all workers since the process began, or now. */
  readonly instances: number;
  readonly memoryBytes: number;
  readonly calls: number;
  readonly failures: number;
  readonly killed: number;
  readonly replacements: number;
  readonly recycled: number;
  /** Undefined before the first call. */
  readonly callbackMs: { readonly p50: number | undefined; readonly p99: number | undefined };
}

/** What the admin API shows: a look at the running process, and the little that it can change. */
export interface AdminView {
  /** `serve` or `operator`. */
  readonly mode: 'serve' | 'operator';
  /** Empty when ready. */
  notReady(): readonly string[];
  info(): Readonly<Record<string, unknown>>;
  readonly model: Model;
  readonly plugins: ReadonlyMap<string, LoadedPlugin>;
  /** By `Kind:id`. */
  conditions(key: string): readonly ConditionState[];
  upstream(id: string): UpstreamState;
  /** Ids of the plugins of a rule in the order in which they see a request. */
  chain(route: string, rule: string): readonly string[];
  /** All stages of a rule in that order: names of middlewares, and `plugin` with the id of one. */
  stages(route: string, rule: string): readonly (string | { readonly plugin: string })[];
  /** Drains and unloads the plugin in every worker. */
  unload(plugin: string): Promise<void>;
  /** New instances in every worker, also of one that was unloaded or taken out. */
  reload(plugin: string): Promise<void>;
  /** What the workers have counted, by id. */
  reports(plugins: readonly string[]): Promise<ReadonlyMap<string, PluginReport>>;
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
}
