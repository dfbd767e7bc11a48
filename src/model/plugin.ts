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
