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
  /** No connection goes to addresses of the machine itself or of its link, whatever a name leads to; undefined: anywhere. */
  readonly foreignOnly?: true;
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
  readonly connections?: number;
  readonly connectionsPerEndpoint?: number;
  /** Requests that wait for a connection. */
  readonly pending?: number;
}

export interface DnsSettings {
  readonly family: 'Any' | 'IPv4' | 'IPv6';
  /** Between two look-ups. */
  readonly minIntervalMs: number;
  readonly maxIntervalMs: number;
}

interface PoolSettings {
  /** Connections to each endpoint that each worker has before there are requests; undefined: 0. */
  readonly prewarm?: number;
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
