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
  /** undefined: as `standardRetries` of src/upstream/retries.ts. */
  readonly retries?: Retries;
  /** undefined: the listener's limit. 0: none. */
  readonly maxRequestBodyBytes?: number;
  /** Settings of the middlewares that this rule uses, by registry name; each middleware knows the shape of its own. */
  readonly middleware: Readonly<Record<string, unknown>>;
}

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

export type Policy = 'Closed' | 'Open';
/** Reload is Closed for a plugin that is never given up. */
export type RunPolicy = Policy | 'Reload';

export interface Plugin {
  readonly id: string;
  readonly source: PluginSource;
  /** Lower-case hex; the module must have it. */
  readonly sha256?: string;
  readonly rootId: string;
  /** Plugins with the same one share data and queues. */
  readonly vmId: string;
  /** JSON or other text, empty for none. */
  readonly config: string;
  /** What WASI shows, in order. */
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly phase: Phase;
  readonly priority: number;
  readonly failurePolicy: {
    readonly fetch: Policy;
    readonly configure: Policy;
    readonly run: RunPolicy;
  };
  readonly isolation: 'Shared' | 'Request';
  /** Per worker, with isolation Shared. */
  readonly instances: number;
  readonly ticks: 'Worker' | 'Process';
  /** A headers callback that pauses does not hold back the body callbacks. */
  readonly allowOnHeadersStopIteration: boolean;
  readonly limits: PluginLimits;
  readonly capabilities: Capabilities;
}

/** CPU times in milliseconds, 0 = no limit. */
export interface PluginLimits {
  readonly callbackCpuMs: number;
  readonly requestCpuMs: number;
  /** Of `_initialize` to `proxy_on_configure`. */
  readonly startCpuMs: number;
  readonly memoryBytes: number;
  readonly bufferBytes: number;
  /** Exchanges at once in one worker, 0 = no limit. */
  readonly concurrency: number;
}

/** Families of host functions and callbacks; the first five are given without asking. */
export const capabilityFamilies = [
  'Headers',
  'Log',
  'Properties',
  'LocalResponse',
  'Metrics',
  'RequestBody',
  'ResponseBody',
  'SharedData',
  'SharedQueues',
  'Ticks',
  'ForeignFunctions',
  'Routing',
  'Redis',
] as const;
export type CapabilityFamily = (typeof capabilityFamilies)[number];

/** What a plugin may do; what is not granted answers as Envoy's capability restriction does. */
export interface Capabilities {
  readonly families: readonly CapabilityFamily[];
  /** Where it may call: ids of upstreams, `host:port`, `name.namespace.svc.cluster.local:port`, `*` for every upstream of its namespace. */
  readonly upstreams: readonly string[];
  readonly requestHeaders: HeaderGrant;
  readonly responseHeaders: HeaderGrant;
}

export interface HeaderGrant {
  readonly read: NameFilter;
  readonly write: NameFilter;
}

/** Lower-case names, exact or `prefix*`. An empty `allow` allows all; `deny` wins. */
export interface NameFilter {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

export const phases = [
  'Authn',
  'Authz',
  'OnRequestHeaders',
  'OnRequestBody',
  'OnResponseHeaders',
  'OnResponseBody',
  'OnLog',
] as const;
export type Phase = (typeof phases)[number];

export type PluginSource =
  /** Pieces in their order. */
  | { readonly type: 'ConfigMap'; readonly namespace: string; readonly parts: readonly ConfigMapKey[] }
  | { readonly type: 'File'; readonly path: string }
  | OciSource
  | HttpSource;

interface ConfigMapKey {
  readonly name: string;
  readonly key: string;
}

/** What sources that are reached over the network have in common. */
interface RemoteSource {
  /** Whether a name that may mean something else tomorrow is asked for again and again. */
  readonly pullPolicy: 'IfNotPresent' | 'Always';
  /** Id of a Secret with a docker config. */
  readonly pullSecret?: string;
  /** PEM, beside the certificates that are trusted anyway. */
  readonly ca?: string;
  readonly insecure?: 'SkipVerify' | 'PlainHttp';
}

export interface OciSource extends RemoteSource {
  readonly type: 'Oci';
  /** `host[:port]/repository[:tag][@sha256:hex]` */
  readonly image: string;
  /** PEM; a signature with it is required. */
  readonly publicKey?: string;
}

export interface HttpSource extends RemoteSource {
  readonly type: 'Http';
  readonly url: string;
}

/** HTTP/1.1 and HTTP/2, in clear and over TLS; Grpc is H2c and Grpcs is H2 to endpoints of gRPC. */
export type Protocol = 'Http' | 'H2c' | 'Https' | 'H2' | 'Grpc' | 'Grpcs';

export interface Upstream {
  readonly id: string;
  /** undefined: Http. */
  readonly protocol?: Protocol;
  /** Of Https, H2 and Grpcs. */
  readonly tls?: UpstreamTls;
  /** Each connection is of one client, and begins by saying of which (haproxy.org, proxy-protocol.txt). */
  readonly proxyProtocol?: 'V1' | 'V2';
  readonly loadBalancer: LoadBalancer;
  /** Of ConsistentHash. */
  readonly consistentHash?: ConsistentHash;
  readonly stickyCookie?: StickyCookie;
  readonly slowStart?: SlowStart;
  /** Which endpoints come first within a priority; undefined: Hints. */
  readonly zonePreference?: 'Hints' | 'SameZone' | 'Off';
  /** Percentage of healthy endpoints below which all are used; undefined: 50. */
  readonly panicThreshold?: number;
  readonly healthCheck?: HealthCheck;
  readonly outlierDetection?: OutlierDetection;
  readonly circuitBreaker?: CircuitBreaker;
  readonly limits?: UpstreamLimits;
  /** Each address of a host name is an endpoint; undefined: the name is one. */
  readonly dns?: DnsSettings;
  /** undefined: what suits the transport. */
  readonly pool?: PoolSettings;
  readonly connectTimeoutMs: number;
}

type LoadBalancer = 'RoundRobin' | 'Weighted' | 'LeastConn' | 'Random' | 'ConsistentHash';

export interface ConsistentHash {
  /** All together; at least one. */
  readonly key: readonly {
    readonly type: 'ClientIP' | 'Header' | 'Cookie' | 'Query' | 'Path';
    /** Of Header (lower case), Cookie and Query. */
    readonly name?: string;
  }[];
  /** For a request that has none of them. */
  readonly fallback: 'RoundRobin' | 'LeastConn' | 'Random';
}

export interface StickyCookie {
  readonly name: string;
  /** Max-Age; undefined: until the browser ends. */
  readonly ttlSeconds?: number;
  readonly path: string;
  readonly sameSite: 'Strict' | 'Lax' | 'None';
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** What makes its values; undefined: the key of the process. Never shown. */
  readonly secret?: string;
}

export interface SlowStart {
  readonly windowMs: number;
  /** Share at the beginning, 0 to 1. */
  readonly minShare: number;
}

/** How endpoints prove who they are, and Loom to them. */
export interface UpstreamTls {
  /** What the certificate must be for, and SNI; undefined: the address of the endpoint. */
  readonly serverName?: string;
  /** PEM: the only authorities that are believed, in place of those that Node brings. */
  readonly ca?: string;
  /** PEM. */
  readonly client?: { readonly cert: string; readonly key: string };
  /** Any certificate is believed. */
  readonly insecureSkipVerify?: boolean;
  /** What is missing: no connection is made. */
  readonly problem?: string;
}

export interface HealthCheck {
  /** undefined: Http. */
  readonly type?: 'Http' | 'Tcp' | 'Grpc';
  /** Of Http. */
  readonly path?: string;
  /** In place of the endpoint's. */
  readonly port?: number;
  /** In place of the endpoint's address and port. */
  readonly host?: string;
  readonly headers?: readonly { readonly name: string; readonly value: string }[];
  /** undefined: 200 to 399. */
  readonly expectedStatuses?: readonly { readonly from: number; readonly to: number }[];
  /** What the body must have in it. */
  readonly expectedBody?: string;
  /** Of Grpc; undefined: the server as a whole. */
  readonly service?: string;
  /** Part of the interval by which each pause is longer or shorter, at most; undefined: 0. */
  readonly jitter?: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

/** Passive health checks: what requests tell. */
export interface OutlierDetection {
  /** In a row; 0: does not count. */
  readonly consecutiveErrors: number;
  /** Of the requests of an interval; 0: does not count. */
  readonly errorPercent: number;
  /** Times the median of the others; 0: does not count. */
  readonly latencyFactor: number;
  /** Of an interval, below which neither ratio nor latency tell. */
  readonly minRequests: number;
  readonly intervalMs: number;
  /** Times the number of the ejection. */
  readonly ejectionMs: number;
  readonly maxEjectionMs: number;
  /** Of the endpoints; one in any case, where there are others. */
  readonly maxEjectionPercent: number;
  /** Errors beside those of connections. */
  readonly statuses: readonly number[];
}

export interface CircuitBreaker {
  readonly failureThreshold: number;
  readonly successThreshold: number;
  readonly timeoutMs: number;
  /** Of responses that are failures; undefined: 502, 503 and 504. */
  readonly statuses?: readonly number[];
}

/** What may go on at once, in the whole process; undefined: no limit. */
export interface UpstreamLimits {
  readonly requests?: number;
}

export interface DnsSettings {
  readonly family: 'Any' | 'IPv4' | 'IPv6';
  /** Between two look-ups. */
  readonly minIntervalMs: number;
  readonly maxIntervalMs: number;
}

export interface PoolSettings {
  readonly idleMs: number;
  /** Of one connection; 0: no limit. */
  readonly maxRequests: number;
  readonly maxAgeMs: number;
}

export interface Endpoint {
  /** IP address or host name. */
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  /** The lowest come first; undefined: 0. */
  readonly priority?: number;
  /** Where it is. */
  readonly zone?: string;
  /** Zones whose requests it is meant for, by the hints of its EndpointSlice. */
  readonly forZones?: readonly string[];
}

/** One key pair and the hosts it serves; hosts are those of the routes that name it. */
export interface Certificate {
  readonly id: string;
  readonly hosts: readonly string[];
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}
