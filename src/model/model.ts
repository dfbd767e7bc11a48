import type { Plugin } from './plugin.ts';
import type { Endpoint, Upstream } from './upstream.ts';

/**
 * Loom's own words: what the objects of every source mean. Plain readonly data that survives a structured clone, with
 * all defaults filled in, durations in milliseconds and names resolved to ids. Knows neither Kubernetes nor YAML.
 *
 * Ids: `namespace/name` for what comes from a cluster or a manifest, `name` for an entry of loom.yaml,
 * `namespace/name:port` for a Service port that a route names directly.
 */

export interface Model {
  readonly routes: ReadonlyMap<string, Route>;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly plugins: ReadonlyMap<string, Plugin>;
  readonly certificates: ReadonlyMap<string, Certificate>;
  /** By upstream id. Apart from the upstreams because they change far more often, and never cause a compile. */
  readonly endpoints: ReadonlyMap<string, readonly Endpoint[]>;
}

export interface Route {
  readonly id: string;
  /** Orders routes of equal precedence, oldest first: RFC 3339 creation time, then the id. Empty sorts first. */
  readonly created: string;
  /** Lower case, exact or `*.suffix`. Empty: every host. */
  readonly hosts: readonly string[];
  readonly rules: readonly Rule[];
}

export interface Rule {
  readonly name: string;
  /** At least one; a request matches when it satisfies any. */
  readonly matches: readonly Match[];
  readonly action: Action;
  readonly plugins: readonly PluginUse[];
  readonly timeouts: Timeouts;
  /** undefined: Normal. */
  readonly priority?: Priority;
  /** undefined: as `standardRetries` of src/upstream/retries.ts. */
  readonly retries?: Retries;
  /** undefined: the listener's limit. 0: none. */
  readonly maxRequestBodyBytes?: number;
  /** Settings of the middlewares that this rule uses, by registry name; each middleware knows the shape of its own. */
  readonly middleware: Readonly<Record<string, unknown>>;
}

/** Which requests are served while there are more than can be. */
export type Priority = 'High' | 'Normal' | 'Low';

export type PathType = 'Exact' | 'Prefix' | 'Pattern' | 'Regex';

export interface Match {
  readonly path: { readonly type: PathType; readonly value: string };
  /** Empty: any. */
  readonly methods: readonly string[];
  readonly headers: readonly ValueMatch[];
  readonly query: readonly ValueMatch[];
}

export interface ValueMatch {
  /** Lower case for headers. */
  readonly name: string;
  readonly type: 'Exact' | 'Regex' | 'Present' | 'Absent';
  /** Empty for Present and Absent. */
  readonly value: string;
}

/** `respond` covers redirects and direct responses: the middleware named in `Rule.middleware` answers. */
export type Action =
  | { readonly type: 'forward'; readonly backends: readonly Backend[] }
  | { readonly type: 'respond' };

/** Who may come with a name and a password. */
export interface BasicAuth {
  /** Id of the Secret that `users` is of; undefined: the rule has them itself. */
  readonly secret?: string;
  /** As an htpasswd file has them; undefined: they could not be read, and nobody passes. */
  readonly users?: string;
  readonly realm: string;
  readonly userHeader?: string;
  readonly removeCredentials: boolean;
}

/** A service that is asked whether a request may pass. Names of headers are in lower case. */
export interface ExternalAuth {
  /** As that of a Backend. */
  readonly upstream: string;
  readonly path: string;
  /** `path` is put before that of the request. */
  readonly isPrefix: boolean;
  readonly preserveMethod: boolean;
  /** undefined: that of the request. */
  readonly host?: string;
  /** undefined: all. */
  readonly requestHeaders?: readonly string[];
  readonly upstreamHeaders: readonly string[];
  readonly responseHeaders: readonly string[];
  /** undefined: all. */
  readonly refusalHeaders?: readonly string[];
  readonly timeoutMs: number;
  readonly failOpen: boolean;
  /** 0: bodies are not sent. */
  readonly maxBodyBytes: number;
}

/** Where copies of requests go. */
export interface Mirror {
  /** As that of a Backend. */
  readonly upstream: string;
  readonly percent: number;
}

export interface Backend {
  /** An id of `Model.upstreams`; it may be missing there, then its share of the requests gets 500. */
  readonly upstream: string;
  readonly weight: number;
}

/** All in milliseconds, 0 = no limit. */
export interface Timeouts {
  /** Request's first byte to response's last. */
  readonly requestMs: number;
  /** Last byte of the request to the head of the response. */
  readonly responseMs: number;
  /** Longest silence between two pieces of the response. */
  readonly idleMs: number;
  /** Longest silence of a tunnel, in both directions; undefined: that of the settings. */
  readonly tunnelMs?: number;
  /** Choice of an endpoint to the head of its response; undefined: no limit. */
  readonly perTryMs?: number;
  /** Of an exchange that `requestMs` does not end, from its first byte to its last; undefined: no limit. */
  readonly streamMs?: number;
}

export interface Retries {
  /** Beyond the first. */
  readonly attempts: number;
  readonly onConnectFailure: boolean;
  readonly onReset: boolean;
  readonly onTimeout: boolean;
  readonly statuses: readonly number[];
  /** Of gRPC, in a head that is all of the response; whatever the method. */
  readonly grpcStatuses: readonly number[];
  readonly methods: readonly string[];
  readonly backoffMs: { readonly base: number; readonly max: number };
  /** Longest Retry-After that is waited for. */
  readonly maxRetryAfterMs: number;
  readonly budget: { readonly percent: number; readonly floor: number };
  /** Of a request body that is kept to be sent again. */
  readonly bodyBufferBytes: number;
}

export interface PluginUse {
  /** An id of `Model.plugins`; it may be missing there, then requests get 500. */
  readonly plugin: string;
  /** JSON text in place of the plugin's own configuration. */
  readonly config?: string;
}

/** One key pair and the hosts it serves; hosts are those of the routes that name it. */
export interface Certificate {
  readonly id: string;
  readonly hosts: readonly string[];
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}
