import type { AccessLogSettings } from '../model/access-log.ts';
import type { Limits, ListenerSettings, OverloadSettings, RateLimitSettings } from '../model/settings.ts';
import type { Certificate, Route } from '../model/model.ts';
import type { Plugin } from '../model/plugin.ts';
import type { TracingSettings } from '../model/tracing.ts';
import type { Endpoint, Upstream } from '../model/upstream.ts';
import type { Mailbox } from './mailbox.ts';

/** What the two kinds of threads say to each other. Everything here survives a structured clone. */

export interface EpochMemories {
  /** One for each worker and one more for the control thread; WebAssembly memories, because plugins import them. */
  readonly epochs: readonly WebAssembly.Memory[];
  /** Shared by the watchdog and all of them. */
  readonly bell: SharedArrayBuffer;
}

export interface WorkerData {
  readonly worker: number;
  readonly shared: SharedArrayBuffer;
  /** Where the worker writes down its requests in flight, so that they can be counted out when it ends. */
  readonly ledger: SharedArrayBuffer;
  /** Where endpoints come that change without a revision. */
  readonly mailbox: Mailbox;
  /** Which workers live; the layout is that of src/wasm/shared/roster.ts. */
  readonly roster: SharedArrayBuffer;
  /** Of rate limits; the layout is that of src/middleware/rate-limit/bucket-table.ts. */
  readonly buckets: SharedArrayBuffer;
  readonly rateLimits: RateLimitSettings;
  /** Undefined: no worker looks for overload. */
  readonly overload?: OverloadSettings;
  /** Where plugins look whether they are to end; see src/wasm/vm/budget/epoch.ts. The worker's own is that of its number. */
  readonly epochs: EpochMemories;
  readonly listeners: readonly ListenerSettings[];
  readonly limits: Limits;
  /** false: there is none. */
  readonly accessLog: AccessLogSettings | false;
  /** undefined: nothing is traced. */
  readonly tracing?: TracingSettings;
  readonly logLevel: string;
  /** Peers whose X-Forwarded-* fields are believed, as CIDR. */
  readonly trustedProxies: readonly string[];
  readonly trustedHops: number;
  /** Seal TLS sessions; the layout is that of src/http/ticket-keys.ts. Undefined: each worker has its own. */
  readonly ticketKeys?: SharedArrayBuffer;
  /** Of QUIC: what tokens and stateless resets are made of, and how many workers there are. Undefined: no HTTP/3. */
  readonly quic?: { readonly secret: Uint8Array; readonly workers: number };
  /** Who writes objects must not reach the machine itself: upstreams and plugins connect to no such address. */
  readonly foreignOnly?: boolean;
  /** Connections of all workers; the layout is that of src/http/connection-census.ts. Undefined: each worker counts its own. */
  readonly census?: { readonly workers: number; readonly buffer: SharedArrayBuffer };
}

/** An endpoint with its place in the shared state. */
export interface PlacedEndpoint extends Endpoint {
  readonly slot: number;
}

export interface PlacedUpstream extends Upstream {
  readonly slot: number;
  /** Where this process is, where that is known. */
  readonly zone?: string;
}

/** A plugin with what became of its module. `module` is absent when it could not be fetched or compiled: `problem` says why. */
export interface LoadedPlugin extends Plugin {
  /** Counts the modules and configurations that this plugin has had since the process began. */
  readonly version: number;
  readonly digest: string;
  readonly module?: WebAssembly.Module;
  /** Imports of the module, as `module.name`, that answer UNIMPLEMENTED. Absent without a module. */
  readonly unimplemented?: readonly string[];
  readonly problem?: string;
  /** A word for `problem`, where the supply has one: reason of the condition ResolvedRefs. */
  readonly problemReason?: string;
  /** Of a module that was fetched. */
  readonly origin?: ModuleOrigin;
  /** Absent until the control thread has attached it. */
  readonly shared?: PluginMemory;
}

/** Where a module that was fetched came from. */
export interface ModuleOrigin {
  /** `registry/repository@sha256:…`, or the URL. */
  readonly from: string;
  /** What the wanted sha256 is the digest of: the module, the manifest of its image, or the file that held it. */
  readonly matched?: 'module' | 'manifest' | 'file';
  /** A signature was required and found. */
  readonly signed?: true;
}

/** What a plugin shares with its instances in all workers, as far as it is granted; the layouts are those of src/wasm/shared. */
export interface PluginMemory {
  readonly data?: SharedArrayBuffer;
  readonly metrics?: SharedArrayBuffer;
  readonly queues?: SharedArrayBuffer;
}

/** Changes by identity: an entry of `set` replaces the one with its id. */
export interface Delta<T> {
  readonly set: readonly T[];
  readonly removed: readonly string[];
}

export interface ModelDelta {
  readonly routes: Delta<Route>;
  readonly upstreams: Delta<PlacedUpstream>;
  readonly plugins: Delta<LoadedPlugin>;
  readonly certificates: Delta<Certificate>;
  readonly endpoints: readonly EndpointChange[];
}

export interface EndpointChange {
  readonly upstream: string;
  readonly endpoints: readonly PlacedEndpoint[];
}

/**
 * `announce`: responses ask clients to close. `stop`: no new connections, idle ones are closed. `leave`: what would never end by
 * itself is told that it is over.
 */
export type DrainPhase = 'announce' | 'stop' | 'leave';

export type ToWorker =
  /** Compile, swap, then acknowledge `revision`. */
  | { readonly type: 'apply'; readonly revision: number; readonly delta: ModelDelta }
  /** There are letters in the mailbox that nobody has asked for. */
  | { readonly type: 'mail' }
  | { readonly type: 'collect'; readonly id: number }
  /** Asks for the last lines of its log. */
  | { readonly type: 'recall'; readonly id: number }
  /** The file of the access log was moved away. */
  | { readonly type: 'reopen' }
  | { readonly type: 'log-level'; readonly level: string }
  | { readonly type: 'drain'; readonly phase: DrainPhase }
  | { readonly type: 'close' };

/** What a worker found while it compiled: feeds status and the admin API. */
export interface Diagnostic {
  readonly kind: 'LoomRoute' | 'LoomUpstream' | 'WasmPlugin' | 'Certificate';
  readonly id: string;
  readonly reason: string;
  readonly message: string;
  /** Of a WasmPlugin: ids of the routes that answer 503 because of it. */
  readonly closed?: readonly string[];
}

export type FromWorker =
  | { readonly type: 'listening' }
  | { readonly type: 'bind-failed'; readonly listener: string; readonly message: string }
  | {
      readonly type: 'applied';
      readonly revision: number;
      readonly compileMs: number;
      /** All that hold now, not only new ones. */
      readonly diagnostics: readonly Diagnostic[];
    }
  /** Those that hold now, where they change without a revision. */
  | { readonly type: 'diagnosed'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly type: 'collected'; readonly id: number; readonly metrics: readonly object[] }
  | { readonly type: 'recalled'; readonly id: number; readonly text: string }
  | { readonly type: 'drained' }
  /** All that was to be done is done; what still waits for somebody (a collector) is not worth waiting for. */
  | { readonly type: 'closed' };
