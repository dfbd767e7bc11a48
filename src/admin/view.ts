import type { Explanation, Question } from '../explain/explanation.ts';
import type { LoadedPlugin } from '../runtime/messages.ts';
import type { Model } from '../model/model.ts';
import type { LogLevel } from '../model/settings.ts';
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

/** Connections to the endpoints of an upstream, and the requests that wait for one. */
export interface PoolState {
  readonly idle: number;
  readonly busy: number;
  readonly pending: number;
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
  /** Connections to the endpoints of each, of all workers, by id; those that have none may be missing. */
  pools(): Promise<ReadonlyMap<string, PoolState>>;
  /** Ids of the plugins of a rule in the order in which they see a request. */
  chain(route: string, rule: string): readonly string[];
  /** All stages of a rule in that order: names of middlewares, and `plugin` with the id of one. */
  stages(route: string, rule: string): readonly (string | { readonly plugin: string })[];
  /** What would be done with a request now. Rejects with a TypeError for what is no request. */
  explain(question: Question): Promise<Explanation>;
  /** Drains and unloads the plugin in every worker. */
  unload(plugin: string): Promise<void>;
  /** New instances in every worker, also of one that was unloaded or taken out. */
  reload(plugin: string): Promise<void>;
  /** What the workers have counted, by id. */
  reports(plugins: readonly string[]): Promise<ReadonlyMap<string, PluginReport>>;
  /** Settings in force, without secrets. */
  settings(): unknown;
  /** Memory of the process and of each thread, in bytes. */
  heap(): Promise<object>;
  /** The last lines of the logs of all threads, but for access logs, without secrets. */
  logs(): Promise<string>;
  readonly logLevels: readonly LogLevel[];
  /** Of all threads and of the plugins in them, until the process ends. */
  setLogLevel(level: LogLevel): void;
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
}
