import type { AccessLogSettings } from './access-log.ts';
import type { TracingSettings } from './tracing.ts';

/** What belongs to the process and not to an object: from loom.yaml, in a cluster rendered by the chart. */
export interface Settings {
  readonly listeners: readonly ListenerSettings[];
  readonly limits: Limits;
  /** Data workers; at least 1. */
  readonly workers: number;
  readonly admin: { readonly enabled: boolean; readonly host: string; readonly port: number };
  readonly metrics: { readonly enabled: boolean; readonly path: string };
  /** false: there is none. */
  readonly accessLog: AccessLogSettings | false;
  /** undefined: nothing is traced. */
  readonly tracing?: TracingSettings;
  readonly logLevel: LogLevel;
  readonly trustedProxies: readonly string[];
  /** Proxies before us that add to X-Forwarded-For; 0: as many as are in `trustedProxies`. */
  readonly trustedHops: number;
  readonly pluginSources: PluginSourceSettings;
  readonly rateLimits: RateLimitSettings;
  readonly overload: OverloadSettings;
  /** What an operator keeps for a start without the API server. */
  readonly lastGood: {
    readonly enabled: boolean;
    /** How long a start waits for the API server before it serves what it read last. */
    readonly waitMs: number;
  };
  /** Where this process is; empty: not known. */
  readonly zone: string;
  /** Makes the values of sticky cookies where nothing else does; empty: one that ends with the process. */
  readonly stickySecret: string;
  readonly drain: {
    /** From SIGTERM until no new connection is accepted. */
    readonly delayMs: number;
    /** From then until requests in flight are cut. */
    readonly timeoutMs: number;
  };
}

/** When a data worker sheds requests. */
export interface OverloadSettings {
  /** Longest that its event loop may be behind; 0: does not look. */
  readonly loopDelayMs: number;
  /** Percent of the memory that the process may have; 0: does not look. */
  readonly memoryPercent: number;
}

export interface RateLimitSettings {
  /** Keys whose buckets are remembered at once. */
  readonly maxKeys: number;
  /** Servers that share the buckets of scope Global among them, by key; empty: there are none. */
  readonly redis: readonly RedisServer[];
  /** Longest that a request waits for one. */
  readonly redisTimeoutMs: number;
}

export interface RedisServer {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** Absolute, read for each connection, so that it may change. Empty: no password. */
  readonly passwordFile: string;
  readonly database: number;
  /** undefined: in clear. */
  readonly tls?: RedisTls;
}

/** Files are absolute, and read for each connection. */
export interface RedisTls {
  /** Authorities that are believed; empty: the public ones. */
  readonly caFile: string;
  /** What Loom shows of itself; empty: nothing. */
  readonly certFile: string;
  readonly keyFile: string;
  /** What the certificate must be for, and SNI; empty: the host of the address. */
  readonly serverName: string;
}

/** Of plugins that come over the network. */
interface PluginSourceSettings {
  /** `host[:port][/path]` or `*.host`; empty: everywhere. */
  readonly allow: readonly string[];
  /** PEM; one of them must have signed. Empty: none need. */
  readonly publicKeys: readonly string[];
  /** Folder; empty: the cache of the user. */
  readonly cachePath: string;
  readonly cacheBytes: number;
  /** Pause between two looks at what a tag or URL means, with pull policy Always. */
  readonly refreshMs: number;
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface ListenerSettings {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly protocol: 'http' | 'https';
  /** Of https; undefined: no certificates of clients, TLS 1.2 and later. */
  readonly tls?: ListenerTls;
  /** Of http: requests are sent to https at this port instead of being routed. */
  readonly httpsPort?: number;
  /** Every connection begins with a header of the PROXY protocol. */
  readonly proxyProtocol?: true;
  /** Of https: HTTP/3 over UDP at the same address. */
  readonly http3?: Http3Settings;
  /** Most connections at once, of all workers; undefined: no limit. */
  readonly maxConnections?: number;
  /** The same of one address of a client, on all listeners with a limit together. */
  readonly maxConnectionsPerAddress?: number;
}

interface Http3Settings {
  /** What Alt-Svc tells clients, where it is another one than that of the listener. */
  readonly advertisedPort?: number;
}

export interface ListenerTls {
  /** PEM file, absolute: authorities whose client certificates are believed. Undefined: clients are not asked for any. */
  readonly clientCa?: string;
  /** Whether a client without a certificate gets in. */
  readonly clientAuth: 'optional' | 'required';
  readonly minVersion: '1.2' | '1.3';
}

/** How paths are normalised, beyond what is done to all. */
export interface PathRules {
  /** What becomes of `%2F`: an escape, a 400 (`%5C` too), or a separator. */
  readonly escapedSlashes: 'keep' | 'reject' | 'decode';
  readonly mergeSlashes: boolean;
}

/** What the readers of heads need to know. */
export interface HeadRules {
  /** Fields of a request head. */
  readonly maxHeaders: number;
  readonly paths: PathRules;
}

export interface Limits extends HeadRules {
  readonly maxRequestBodyBytes: number;
  readonly maxHeaderBytes: number;
  /** Time for the whole request head to arrive. */
  readonly headerTimeoutMs: number;
  /** Time that a client may keep an idle connection. */
  readonly keepAliveMs: number;
  /** Longest silence of a client in the middle of a request body. */
  readonly clientIdleMs: number;
  /** Longest silence of a tunnel, in both directions; 0: no limit. */
  readonly tunnelIdleMs: number;
  /** A client that has ended its side gets its answers all the same; otherwise it counts as gone. */
  readonly halfClose: boolean;
  /** Streams that a client may have at once on a connection of HTTP/2. */
  readonly http2MaxStreams: number;
  /** Streams that a client may take back, for ever; ten times as many at once. */
  readonly http2ResetsPerSecond: number;
  /** Bytes that bring neither a request nor a body, for ever; eight times as many at once. */
  readonly http2OverheadBytesPerSecond: number;
}
