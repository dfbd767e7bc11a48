// Written by `npm run generate` from crds/. Do not edit.
import type { Condition, KubeObject } from './core.ts';

/** Secret of type kubernetes.io/tls that holds the certificate chain (tls.crt) and the key (tls.key). */
export interface LoomRouteSpecTlsSecretRef {
  /** Name of the Secret. */
  readonly name: string;
  /** Namespace of the Secret. Another namespace than the route's needs a ReferenceGrant there. */
  readonly namespace?: string;
}

/** TLS termination for the hosts of this route on https listeners. */
export interface LoomRouteSpecTls {
  /** Secret of type kubernetes.io/tls that holds the certificate chain (tls.crt) and the key (tls.key). */
  readonly secretRef: LoomRouteSpecTlsSecretRef;
}

/** Condition on the path, after normalisation and without the query. */
export interface LoomRouteSpecRuleMatchPath {
  /** Exact compares the whole path. Prefix compares whole segments (/api matches /api and /api/x, not /apix). Pattern has :name for one segment and a last * for the rest. Regex is an RE2 expression for the whole path. */
  readonly type: 'Exact' | 'Prefix' | 'Pattern' | 'Regex';
  /** The path, pattern or expression. */
  readonly value: string;
}

/** Condition on one named value. */
export interface LoomRouteSpecRuleMatchHeader {
  /** Name to look at; for headers the case does not matter. */
  readonly name: string;
  /** How the value is compared. Regex is an RE2 expression for the whole value. */
  readonly type: 'Exact' | 'Regex' | 'Present' | 'Absent';
  /** The value or expression. */
  readonly value?: string;
}

/** Condition on one named value. */
export interface LoomRouteSpecRuleMatchQuery {
  /** Name to look at; for headers the case does not matter. */
  readonly name: string;
  /** How the value is compared. Regex is an RE2 expression for the whole value. */
  readonly type: 'Exact' | 'Regex' | 'Present' | 'Absent';
  /** The value or expression. */
  readonly value?: string;
}

/** Conditions that must all hold. */
export interface LoomRouteSpecRuleMatch {
  /** Condition on the path, after normalisation and without the query. */
  readonly path?: LoomRouteSpecRuleMatchPath;
  /** Request methods, in upper case; any of them. */
  readonly methods?: readonly string[];
  /** Conditions on request headers, all of which must hold. */
  readonly headers?: readonly LoomRouteSpecRuleMatchHeader[];
  /** Conditions on query parameters, all of which must hold. */
  readonly query?: readonly LoomRouteSpecRuleMatchQuery[];
}

/** A LoomUpstream, or a Service annotated with loom.dev/upstream. */
export interface LoomRouteSpecRuleBackendUpstreamRef {
  /** Name of the upstream. */
  readonly name: string;
  /** Namespace of the upstream. Another namespace than the route's needs a ReferenceGrant there. */
  readonly namespace?: string;
}

/** A Service, balanced with the defaults. */
export interface LoomRouteSpecRuleBackendServiceRef {
  /** Name of the Service. */
  readonly name: string;
  /** Namespace of the Service. Another namespace than the route's needs a ReferenceGrant there. */
  readonly namespace?: string;
  /** Port number of the Service. */
  readonly port: number;
}

/** One LoomUpstream or Service. */
export interface LoomRouteSpecRuleBackend {
  /** A LoomUpstream, or a Service annotated with loom.dev/upstream. */
  readonly upstreamRef?: LoomRouteSpecRuleBackendUpstreamRef;
  /** A Service, balanced with the defaults. */
  readonly serviceRef?: LoomRouteSpecRuleBackendServiceRef;
  /** Share of the requests. 0 takes none. */
  readonly weight: number;
}

/** One WasmPlugin. */
export interface LoomRouteSpecRulePlugin {
  /** Name of the WasmPlugin. */
  readonly name: string;
  /** Namespace of the WasmPlugin. Another namespace than the route's needs a ReferenceGrant there. */
  readonly namespace?: string;
  /** Configuration of the plugin for this rule in place of its own: an object or list is read as JSON, a string as it stands. */
  readonly config?: unknown;
}

/** Time limits. 0s means no limit. */
export interface LoomRouteSpecRuleTimeouts {
  /** From the request's first byte to the response's last. Default 0s. */
  readonly request?: string;
  /** From the last byte of the request to the head of the upstream's response. Default 60s. */
  readonly response?: string;
  /** Longest silence between two pieces of the response. Default 60s. */
  readonly idle?: string;
  /** Longest silence of a WebSocket or another upgraded connection, in both directions. The other limits do not apply to it. Default: that of the process, 1h. */
  readonly tunnel?: string;
  /** From the choice of an endpoint to the head of its response, for each try. Default 0s. */
  readonly perTry?: string;
  /** Longest life of an exchange that request does not end: an upgraded connection, a call of gRPC, a response of text/event-stream. Default 0s. */
  readonly stream?: string;
}

/** Pause before a try, where the one before may have reached the upstream. A random time up to base, doubled with each try up to max. */
export interface LoomRouteSpecRuleRetriesBackoff {
  /** Longest pause before the second try. */
  readonly base: string;
  /** Longest pause before any. */
  readonly max: string;
}

/** How many tries of what may have reached the upstream go on at once, in the whole process. */
export interface LoomRouteSpecRuleRetriesBudget {
  /** Share of the upstream's requests in flight. */
  readonly percent: number;
  /** So many in any case. */
  readonly floor: number;
}

/** When a request is tried again, at another endpoint where there is one, before anything of a response has gone to the client. Without this what could not be sent is tried again, and what has no body and an idempotent method after a reset. */
export interface LoomRouteSpecRuleRetries {
  /** Tries beyond the first. */
  readonly attempts: number;
  /** What is tried again beside statuses. ConnectFailure: nothing was sent, whatever the method. Reset: the connection ended before the response. Timeout: no response in time (timeouts response and perTry). */
  readonly causes: readonly ('ConnectFailure' | 'Reset' | 'Timeout')[];
  /** Statuses of responses that are tried again. */
  readonly statuses: readonly number[];
  /** Statuses of gRPC that are tried again where they come instead of a response (trailers-only), whatever the method: calls are all POST. */
  readonly grpcStatuses: readonly ('Cancelled' | 'DeadlineExceeded' | 'Internal' | 'ResourceExhausted' | 'Unavailable')[];
  /** Methods of requests that may be done twice. */
  readonly methods: readonly string[];
  /** Pause before a try, where the one before may have reached the upstream. A random time up to base, doubled with each try up to max. */
  readonly backoff: LoomRouteSpecRuleRetriesBackoff;
  /** A response whose Retry-After is longer is passed on; a shorter one is waited for. 0s: none is tried again. */
  readonly maxRetryAfter: string;
  /** How many tries of what may have reached the upstream go on at once, in the whole process. */
  readonly budget: LoomRouteSpecRuleRetriesBudget;
  /** Request bodies up to this size are kept until there is a response and can be sent again; longer ones are not. */
  readonly bodyBufferBytes: number;
}

/** One body. */
export interface LoomRouteSpecRuleErrorResponseBodie {
  /** Media type of the body. Values in HTML, XML and JSON are escaped as these need it. */
  readonly contentType: string;
  /** The body. `${response.status}`, `${error.code}`, `${error.message}`, `${request.id}` and others stand for what a response and its request have. */
  readonly text: string;
}

/** Failures, and what to say of them. */
export interface LoomRouteSpecRuleErrorResponse {
  /** Status codes such as `404`, or families: `4xx` and `5xx`. */
  readonly statuses?: readonly string[];
  /** Error codes of Loom such as `breaker-open`. */
  readonly codes?: readonly string[];
  /** Whose failures: those that Loom answers with, those of the backend, or both. */
  readonly from: 'Loom' | 'Upstream' | 'Any';
  /** Status code to answer with. Default that of the failure. */
  readonly status?: number;
  /** The client gets the one that its Accept likes best, the first where it does not say. */
  readonly bodies: readonly LoomRouteSpecRuleErrorResponseBodie[];
}

/** Lets requests wait. */
export interface LoomRouteSpecRuleFaultsDelay {
  /** How long. */
  readonly duration: string;
  /** Share of the requests. */
  readonly percent: number;
}

/** Answers requests with a failure, those that have waited too. */
export interface LoomRouteSpecRuleFaultsAbort {
  /** Status code. */
  readonly status: number;
  /** Share of the requests. */
  readonly percent: number;
}

/** Delays and failures on purpose, to see what they do to clients. */
export interface LoomRouteSpecRuleFaults {
  /** Lets requests wait. */
  readonly delay?: LoomRouteSpecRuleFaultsDelay;
  /** Answers requests with a failure, those that have waited too. */
  readonly abort?: LoomRouteSpecRuleFaultsAbort;
}

/** Which requests are recorded in traces. It changes nothing where the settings have no tracing, and for requests whose sender has decided already. */
export interface LoomRouteSpecRuleTracing {
  /** Percentage of the traces beginning here that are recorded, in place of the one in the settings. */
  readonly samplePercent: number;
}

/** Which clients may come, by their address behind trusted proxies. Others are answered with 403. */
export interface LoomRouteSpecRuleIpAccess {
  /** Addresses and networks in CIDR notation that may come. Absent means all that are not denied. */
  readonly allow?: readonly string[];
  /** Those that may not, also where they are allowed. */
  readonly deny?: readonly string[];
}

/** One origin or a family of them. */
export interface LoomRouteSpecRuleCorsAllowOrigin {
  /** Exact is one origin, every one below a domain with `*.`, or every one with `*`. Regex is an RE2 expression for the whole origin. */
  readonly type: 'Exact' | 'Regex';
  /** Such as `https://shop.example.com`, `https://*.example.com` or `*`. */
  readonly value: string;
}

/** Cross-origin requests of browsers. Loom answers preflights, and says in place of the backend who may read responses. */
export interface LoomRouteSpecRuleCors {
  /** Origins whose scripts may read responses. */
  readonly allowOrigins: readonly LoomRouteSpecRuleCorsAllowOrigin[];
  /** Methods that scripts may use. */
  readonly allowMethods: readonly string[];
  /** Request headers that scripts may set beside those that are always allowed; `*` allows all that they ask for. */
  readonly allowHeaders?: readonly string[];
  /** Response headers that scripts may read beside those that are always allowed. */
  readonly exposeHeaders?: readonly string[];
  /** Whether requests may carry cookies and other credentials. */
  readonly allowCredentials: boolean;
  /** Whether pages of a public network may come to one that is private. */
  readonly allowPrivateNetwork: boolean;
  /** How long browsers may keep the answer to a preflight. */
  readonly maxAge: string;
}

/** Compresses responses for clients that accept it, unless they are compressed already or not to be transformed. */
export interface LoomRouteSpecRuleCompression {
  /** Which, the ones to be preferred first. */
  readonly algorithms: readonly ('Brotli' | 'Zstd' | 'Gzip')[];
  /** Smallest response that is compressed where its size is known. */
  readonly minBytes: number;
  /** Media types to compress, without parameters; `text/*` is every text. */
  readonly contentTypes: readonly string[];
}

/** Plugins and the upstream get request bodies in clear that clients have compressed. */
export interface LoomRouteSpecRuleDecompression {
  /** Which. */
  readonly algorithms: readonly ('Brotli' | 'Zstd' | 'Gzip')[];
  /** Largest body in clear. A larger one is answered with 413. */
  readonly maxBytes: number;
}

/** A LoomUpstream, or a Service annotated with loom.dev/upstream. */
export interface LoomRouteSpecRuleMirrorUpstreamRef {
  /** Name of the upstream. */
  readonly name: string;
  /** Namespace of the upstream. Another namespace than the route's needs a ReferenceGrant there. */
  readonly namespace?: string;
}

/** A Service, balanced with the defaults. */
export interface LoomRouteSpecRuleMirrorServiceRef {
  /** Name of the Service. */
  readonly name: string;
  /** Namespace of the Service. Another namespace than the route's needs a ReferenceGrant there. */
  readonly namespace?: string;
  /** Port number of the Service. */
  readonly port: number;
}

/** One LoomUpstream or Service. */
export interface LoomRouteSpecRuleMirror {
  /** A LoomUpstream, or a Service annotated with loom.dev/upstream. */
  readonly upstreamRef?: LoomRouteSpecRuleMirrorUpstreamRef;
  /** A Service, balanced with the defaults. */
  readonly serviceRef?: LoomRouteSpecRuleMirrorServiceRef;
  /** Share of the requests. */
  readonly percent: number;
}

/** One part of the key. Requests that lack it share a bucket. */
export interface LoomRouteSpecRuleRateLimitKey {
  /** What to look at. ClientIP is the address behind trusted proxies; of IPv6 its /64 network counts. */
  readonly type: 'ClientIP' | 'Header' | 'Cookie' | 'PathParameter' | 'Host' | 'Path' | 'Method';
  /** Name of the header, cookie or captured path segment. */
  readonly name?: string;
}

/** Token buckets, one for each key. */
export interface LoomRouteSpecRuleRateLimit {
  /** Name of the limit. Clients see it in the fields RateLimit and RateLimit-Policy. */
  readonly name: string;
  /** Tokens that come back in the time of per. */
  readonly requests: number;
  /** Time in which that many come back, in whole seconds up to 24h. */
  readonly per: string;
  /** Size of a bucket. Default requests. */
  readonly burst?: number;
  /** Whose requests are counted together: those of each process of Loom, or of all that share the Redis of the settings. */
  readonly scope: 'Process' | 'Global';
  /** What a limit of scope Global does while Redis is away: count for the process alone, let everything pass, or nothing. */
  readonly fallback: 'Process' | 'Allow' | 'Deny';
  /** What requests that share a bucket have in common, all parts together. Absent means one bucket for the rule. */
  readonly key?: readonly LoomRouteSpecRuleRateLimitKey[];
}

/** A claim and its header. */
export interface LoomRouteSpecRuleJwtProviderClaimHeader {
  /** Name of the claim; names of nested objects are joined with dots. */
  readonly claim: string;
  /** Name of the header. */
  readonly header: string;
}

/** One issuer of tokens with its keys. */
export interface LoomRouteSpecRuleJwtProvider {
  /** Name of the provider. */
  readonly name: string;
  /** What the claim iss must be. Absent means that it does not matter. */
  readonly issuer?: string;
  /** One of them must be in the claim aud. Absent means that it does not matter. */
  readonly audiences?: readonly string[];
  /** The public keys as the text of a JSON Web Key Set (RFC 7517). */
  readonly jwks?: string;
  /** Where the keys can be read; they are read ahead of the first request, and the last good ones stay in use while nobody answers there. */
  readonly jwksUrl?: string;
  /** How long keys from jwksUrl are used before they are read again. An unknown key is looked for at once. */
  readonly refreshInterval: string;
  /** Words that must all be in the claim scope or scp. */
  readonly scopes?: readonly string[];
  /** Claims that the upstream gets as request headers. What a client sends in these headers never reaches it. */
  readonly claimHeaders?: readonly LoomRouteSpecRuleJwtProviderClaimHeader[];
}

/** One place. */
export interface LoomRouteSpecRuleJwtTokenFrom {
  /** What to look at. */
  readonly type: 'Header' | 'Cookie' | 'Query';
  /** Name of the header, cookie or query parameter. */
  readonly name: string;
  /** What stands before the token in the header. */
  readonly prefix?: string;
}

/** Only requests with a JSON Web Token (RFC 7519) that one of the providers has signed pass. Others are answered with 401, and with 403 where the token lacks a scope. */
export interface LoomRouteSpecRuleJwt {
  /** Who may sign tokens. */
  readonly providers: readonly LoomRouteSpecRuleJwtProvider[];
  /** Where the token stands; the first place that has one counts. Default: the header Authorization behind Bearer. */
  readonly tokenFrom?: readonly LoomRouteSpecRuleJwtTokenFrom[];
  /** Requests without a token pass. A token that is not good is refused all the same. */
  readonly optional: boolean;
  /** The upstream does not see the token. */
  readonly removeToken: boolean;
  /** How far clocks may differ where a token says when it begins and ends. */
  readonly clockSkew: string;
}

/** Secret of type Opaque that has the users in auth (or .htpasswd, or users), as in the field users. */
export interface LoomRouteSpecRuleBasicAuthSecretRef {
  /** Name of the Secret. */
  readonly name: string;
  /** Namespace of the Secret. Another namespace than the route's needs a ReferenceGrant there. */
  readonly namespace?: string;
}

/** Only requests with the name and password of a user (RFC 7617) pass. Others are answered with 401. */
export interface LoomRouteSpecRuleBasicAuth {
  /** Secret of type Opaque that has the users in auth (or .htpasswd, or users), as in the field users. */
  readonly secretRef?: LoomRouteSpecRuleBasicAuthSecretRef;
  /** Lines of a name, a colon and the hash of a password, as `htpasswd -B` writes them: bcrypt, or {SHA}. */
  readonly users?: string;
  /** What browsers show when they ask for the password. */
  readonly realm: string;
  /** Header in which the upstream gets the name of the user. What a client sends in it never reaches the upstream. */
  readonly userHeader?: string;
  /** The upstream does not see the header Authorization. */
  readonly removeCredentials: boolean;
}

/** A LoomUpstream, or a Service annotated with loom.dev/upstream. */
export interface LoomRouteSpecRuleExternalAuthUpstreamRef {
  /** Name of the upstream. */
  readonly name: string;
  /** Namespace of the upstream. Another namespace than the route's needs a ReferenceGrant there. */
  readonly namespace?: string;
}

/** A Service, balanced with the defaults. */
export interface LoomRouteSpecRuleExternalAuthServiceRef {
  /** Name of the Service. */
  readonly name: string;
  /** Namespace of the Service. Another namespace than the route's needs a ReferenceGrant there. */
  readonly namespace?: string;
  /** Port number of the Service. */
  readonly port: number;
}

/** An HTTP service is asked of each request whether it may pass. What it answers with a status other than 2xx is what the client gets. */
export interface LoomRouteSpecRuleExternalAuth {
  /** A LoomUpstream, or a Service annotated with loom.dev/upstream. */
  readonly upstreamRef?: LoomRouteSpecRuleExternalAuthUpstreamRef;
  /** A Service, balanced with the defaults. */
  readonly serviceRef?: LoomRouteSpecRuleExternalAuthServiceRef;
  /** Path that is asked for, whatever the path of the request. Default /. */
  readonly path?: string;
  /** What is put before the path of the request, whose query comes too. */
  readonly pathPrefix?: string;
  /** Ask with the method of the request instead of GET. */
  readonly preserveMethod: boolean;
  /** Host that is asked for. Default that of the request. */
  readonly host?: string;
  /** Headers of the request that the service gets, beside X-Forwarded-* and X-Request-Id. Default all. */
  readonly requestHeaders?: readonly string[];
  /** Headers of an answer with 2xx that the upstream gets, in place of those that the client has sent. */
  readonly upstreamHeaders?: readonly string[];
  /** Headers of an answer with 2xx that the client gets, such as Set-Cookie. */
  readonly responseHeaders?: readonly string[];
  /** Headers of another answer that the client gets, beside those of its body. Default all. */
  readonly refusalHeaders?: readonly string[];
  /** Longest wait for an answer. */
  readonly timeout: string;
  /** Requests pass while the service does not answer, or answers with 5xx. Otherwise they are answered with 503. */
  readonly failOpen: boolean;
  /** Largest request body that the service gets, with the method of the request. A larger one is answered with 413. 0: the service gets no bodies. */
  readonly maxBodyBytes: number;
}

/** New path. */
export interface LoomRouteSpecRuleRewritePath {
  /** Full replaces the whole path, Prefix the part that the path condition matched. */
  readonly type: 'Full' | 'Prefix';
  /** Replacement. With Full, :name stands for a segment captured by a Pattern. */
  readonly value: string;
}

/** Changes to the request's target before it goes upstream. */
export interface LoomRouteSpecRuleRewrite {
  /** New host. `${param.NAME}`, `${header.NAME}` and others stand for what a request has. */
  readonly host?: string;
  /** New path. */
  readonly path?: LoomRouteSpecRuleRewritePath;
}

/** New path. */
export interface LoomRouteSpecRuleRedirectPath {
  /** Full replaces the whole path, Prefix the part that the path condition matched. */
  readonly type: 'Full' | 'Prefix';
  /** Replacement. With Full, :name stands for a segment captured by a Pattern. */
  readonly value: string;
}

/** Answer with a redirect. What is not named stays as it was in the request. */
export interface LoomRouteSpecRuleRedirect {
  /** New scheme. */
  readonly scheme?: 'http' | 'https';
  /** New host. `${param.NAME}`, `${header.NAME}` and others stand for what a request has. */
  readonly host?: string;
  /** New port. */
  readonly port?: number;
  /** New path. */
  readonly path?: LoomRouteSpecRuleRedirectPath;
  /** Status code. */
  readonly status: 301 | 302 | 303 | 307 | 308;
}

/** Answer at once, without a backend. */
export interface LoomRouteSpecRuleDirectResponse {
  /** Status code. */
  readonly status: number;
  /** Media type of the body. */
  readonly contentType: string;
  /** Body of the response. */
  readonly body?: string;
}

/** One header. */
export interface LoomRouteSpecRuleRequestHeadersSet {
  /** Name of the header. */
  readonly name: string;
  /** Value of the header. `${param.NAME}`, `${header.NAME}`, `${client.address}`, `${request.id}` and others stand for what a request has. */
  readonly value: string;
}

/** One header. */
export interface LoomRouteSpecRuleRequestHeadersAdd {
  /** Name of the header. */
  readonly name: string;
  /** Value of the header. `${param.NAME}`, `${header.NAME}`, `${client.address}`, `${request.id}` and others stand for what a request has. */
  readonly value: string;
}

/** Changes to headers: remove, then set, then add. */
export interface LoomRouteSpecRuleRequestHeaders {
  /** Headers to write. */
  readonly set?: readonly LoomRouteSpecRuleRequestHeadersSet[];
  /** Headers to write. */
  readonly add?: readonly LoomRouteSpecRuleRequestHeadersAdd[];
  /** Names of headers to remove. */
  readonly remove?: readonly string[];
}

/** One header. */
export interface LoomRouteSpecRuleResponseHeadersSet {
  /** Name of the header. */
  readonly name: string;
  /** Value of the header. `${param.NAME}`, `${header.NAME}`, `${client.address}`, `${request.id}` and others stand for what a request has. */
  readonly value: string;
}

/** One header. */
export interface LoomRouteSpecRuleResponseHeadersAdd {
  /** Name of the header. */
  readonly name: string;
  /** Value of the header. `${param.NAME}`, `${header.NAME}`, `${client.address}`, `${request.id}` and others stand for what a request has. */
  readonly value: string;
}

/** Changes to headers: remove, then set, then add. */
export interface LoomRouteSpecRuleResponseHeaders {
  /** Headers to write. */
  readonly set?: readonly LoomRouteSpecRuleResponseHeadersSet[];
  /** Headers to write. */
  readonly add?: readonly LoomRouteSpecRuleResponseHeadersAdd[];
  /** Names of headers to remove. */
  readonly remove?: readonly string[];
}

/** Requests that match are sent to one of the backends, redirected, or answered at once. */
export interface LoomRouteSpecRule {
  /** Name of the rule, unique in the route. It appears in logs, metrics and the admin API. */
  readonly name: string;
  /** A request matches when it satisfies any one entry, and all conditions of that entry. Absent means every request. */
  readonly matches?: readonly LoomRouteSpecRuleMatch[];
  /** Where matching requests go, in proportion to the weights. */
  readonly backends?: readonly LoomRouteSpecRuleBackend[];
  /** WasmPlugins that see the requests of this rule. They run by phase, then priority, then name. */
  readonly plugins?: readonly LoomRouteSpecRulePlugin[];
  /** Which requests are served while there are more than can be: those of High before those of Normal, and these before those of Low. It has nothing to do with which rule a request goes by. */
  readonly priority: 'High' | 'Normal' | 'Low';
  /** Time limits. 0s means no limit. */
  readonly timeouts?: LoomRouteSpecRuleTimeouts;
  /** When a request is tried again, at another endpoint where there is one, before anything of a response has gone to the client. Without this what could not be sent is tried again, and what has no body and an idempotent method after a reset. */
  readonly retries?: LoomRouteSpecRuleRetries;
  /** Largest request body. A larger one is answered with 413. 0 means no limit. The listener's limit is the default. */
  readonly maxRequestBodyBytes?: number;
  /** Bodies of your own for failures. The first entry that fits is taken. */
  readonly errorResponses?: readonly LoomRouteSpecRuleErrorResponse[];
  /** Delays and failures on purpose, to see what they do to clients. */
  readonly faults?: LoomRouteSpecRuleFaults;
  /** Which requests are recorded in traces. It changes nothing where the settings have no tracing, and for requests whose sender has decided already. */
  readonly tracing?: LoomRouteSpecRuleTracing;
  /** Which clients may come, by their address behind trusted proxies. Others are answered with 403. */
  readonly ipAccess?: LoomRouteSpecRuleIpAccess;
  /** Cross-origin requests of browsers. Loom answers preflights, and says in place of the backend who may read responses. */
  readonly cors?: LoomRouteSpecRuleCors;
  /** Compresses responses for clients that accept it, unless they are compressed already or not to be transformed. */
  readonly compression?: LoomRouteSpecRuleCompression;
  /** Plugins and the upstream get request bodies in clear that clients have compressed. */
  readonly decompression?: LoomRouteSpecRuleDecompression;
  /** Where copies of requests go. Their responses are thrown away, and no client waits for them. */
  readonly mirrors?: readonly LoomRouteSpecRuleMirror[];
  /** How many requests may come. A request passes when each limit has a token for it; otherwise it is answered with 429. */
  readonly rateLimits?: readonly LoomRouteSpecRuleRateLimit[];
  /** Only requests with a JSON Web Token (RFC 7519) that one of the providers has signed pass. Others are answered with 401, and with 403 where the token lacks a scope. */
  readonly jwt?: LoomRouteSpecRuleJwt;
  /** Only requests with the name and password of a user (RFC 7617) pass. Others are answered with 401. */
  readonly basicAuth?: LoomRouteSpecRuleBasicAuth;
  /** An HTTP service is asked of each request whether it may pass. What it answers with a status other than 2xx is what the client gets. */
  readonly externalAuth?: LoomRouteSpecRuleExternalAuth;
  /** Changes to the request's target before it goes upstream. */
  readonly rewrite?: LoomRouteSpecRuleRewrite;
  /** Answer with a redirect. What is not named stays as it was in the request. */
  readonly redirect?: LoomRouteSpecRuleRedirect;
  /** Answer at once, without a backend. */
  readonly directResponse?: LoomRouteSpecRuleDirectResponse;
  /** Changes to headers: remove, then set, then add. */
  readonly requestHeaders?: LoomRouteSpecRuleRequestHeaders;
  /** Changes to headers: remove, then set, then add. */
  readonly responseHeaders?: LoomRouteSpecRuleResponseHeaders;
}

/** The wanted routing. */
export interface LoomRouteSpec {
  /** Class of the Loom that serves this object. The default class serves objects without one. */
  readonly className?: string;
  /** Host names that this route answers for, exact (`shop.example.com`) or with one leading wildcard label (`*.example.com`, any depth). Absent means every host. */
  readonly hosts?: readonly string[];
  /** TLS termination for the hosts of this route on https listeners. */
  readonly tls?: LoomRouteSpecTls;
  /** Rules of this route. The most specific match over all routes wins, whatever the order here. */
  readonly rules: readonly LoomRouteSpecRule[];
}

export interface LoomRoute extends KubeObject {
  readonly kind: 'LoomRoute';
  readonly spec: LoomRouteSpec;
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** Service of the same namespace whose ready endpoints are used. */
export interface LoomUpstreamSpecServiceRef {
  /** Name of the Service. */
  readonly name: string;
  /** Port number of the Service. */
  readonly port: number;
}

/** One address and port. */
export interface LoomUpstreamSpecEndpoint {
  /** IP address or host name. */
  readonly address: string;
  /** Port number. */
  readonly port: number;
  /** Share of the requests under Weighted and ConsistentHash. 0 takes none. */
  readonly weight: number;
  /** Endpoints of the lowest number get the requests; the next ones take over what those that are healthy there cannot. */
  readonly priority: number;
  /** Zone in which the endpoint is. */
  readonly zone?: string;
}

/** Secret of the same namespace that has them in ca.crt, of type Opaque or kubernetes.io/tls. */
export interface LoomUpstreamSpecTlsCaSecretRef {
  /** Name of the Secret. */
  readonly name: string;
}

/** ConfigMap of the same namespace that has them in ca.crt, such as kube-root-ca.crt. */
export interface LoomUpstreamSpecTlsCaConfigMapRef {
  /** Name of the ConfigMap. */
  readonly name: string;
}

/** Secret of type kubernetes.io/tls in the same namespace, with the certificate and key that Loom shows. */
export interface LoomUpstreamSpecTlsClientCertSecretRef {
  /** Name of the Secret. */
  readonly name: string;
}

/** How endpoints of Https, H2 and Grpcs prove who they are, and Loom to them. */
export interface LoomUpstreamSpecTls {
  /** Name that is asked for (SNI) and that the certificate must be for. Default: name.namespace.svc of the Service, or else the address of the endpoint. */
  readonly serverName?: string;
  /** Certificates in PEM of the only authorities that are believed, in place of the public ones. */
  readonly ca?: string;
  /** Secret of the same namespace that has them in ca.crt, of type Opaque or kubernetes.io/tls. */
  readonly caSecretRef?: LoomUpstreamSpecTlsCaSecretRef;
  /** ConfigMap of the same namespace that has them in ca.crt, such as kube-root-ca.crt. */
  readonly caConfigMapRef?: LoomUpstreamSpecTlsCaConfigMapRef;
  /** Secret of type kubernetes.io/tls in the same namespace, with the certificate and key that Loom shows. */
  readonly clientCertSecretRef?: LoomUpstreamSpecTlsClientCertSecretRef;
  /** Believe any certificate. Whoever can reach the connection can then read and change all of it. */
  readonly insecureSkipVerify?: boolean;
}

/** One part of the key. */
export interface LoomUpstreamSpecConsistentHashKey {
  /** What to look at. ClientIP is the address behind trusted proxies. */
  readonly type: 'ClientIP' | 'Header' | 'Cookie' | 'Query' | 'Path';
  /** Name of the header, cookie or query parameter. */
  readonly name?: string;
}

/** What requests that go to the same endpoint have in common. Few of them move when endpoints come and go (Maglev). */
export interface LoomUpstreamSpecConsistentHash {
  /** Parts of the key, all together. */
  readonly key: readonly LoomUpstreamSpecConsistentHashKey[];
  /** Who gets a request that has none of the parts. */
  readonly fallback: 'RoundRobin' | 'LeastConn' | 'Random';
}

/** Sends a client back to the endpoint that it had, as long as that is there and healthy, by a cookie that Loom sets. Its value says nothing about the endpoint. */
export interface LoomUpstreamSpecStickyCookie {
  /** Name of the cookie. */
  readonly name: string;
  /** Max-Age, from when the cookie is set. Default: until the browser ends. */
  readonly ttl?: string;
  /** Path for which browsers send it. */
  readonly path: string;
  /** When browsers send it along from other sites. */
  readonly sameSite: 'Strict' | 'Lax' | 'None';
  /** Whether browsers send it over https only. */
  readonly secure: boolean;
  /** Whether scripts cannot read it. */
  readonly httpOnly: boolean;
}

/** An endpoint that is new, or healthy again, gets its share little by little. */
export interface LoomUpstreamSpecSlowStart {
  /** Time until it has its whole share. */
  readonly window: string;
  /** Percent of its share that it begins with. */
  readonly minShare: number;
}

/** One header field. */
export interface LoomUpstreamSpecHealthCheckHeader {
  /** Name of the field. */
  readonly name: string;
  /** Value of the field. */
  readonly value: string;
}

/** Active probes in the protocol and with the TLS of the upstream. An endpoint that fails them gets no requests. */
export interface LoomUpstreamSpecHealthCheck {
  /** Http asks for path, Tcp only connects (with TLS where the protocol has it), Grpc asks grpc.health.v1.Health. */
  readonly type: 'Http' | 'Tcp' | 'Grpc';
  /** Port in place of the endpoint's. */
  readonly port?: number;
  /** Host to ask for. Default: address and port of the endpoint. */
  readonly host?: string;
  /** Header fields to send. */
  readonly headers?: readonly LoomUpstreamSpecHealthCheckHeader[];
  /** Statuses that are a success, such as 204 or 200-299. Default: 200-399. */
  readonly expectedStatuses?: readonly string[];
  /** Text that must be in the first 64 KiB of the body. */
  readonly expectedBody?: string;
  /** Service to ask for. Default: the server as a whole. */
  readonly service?: string;
  /** Percent of the interval by which each pause is longer or shorter, at most. */
  readonly jitter: number;
  /** Path to request. */
  readonly path?: string;
  /** Time between two probes of an endpoint. */
  readonly interval: string;
  /** Longest wait for an answer. */
  readonly timeout: string;
  /** Successes in a row that make an endpoint healthy. */
  readonly healthyThreshold: number;
  /** Failures in a row that make an endpoint unhealthy. */
  readonly unhealthyThreshold: number;
}

/** Passive health checks. An endpoint that stands out by what becomes of its requests is ejected for a while. Errors are connect errors, timeouts, resets and the statuses below. */
export interface LoomUpstreamSpecOutlierDetection {
  /** Errors in a row that eject at once. 0 does not look. */
  readonly consecutiveErrors: number;
  /** Percent of the requests of an interval that failed. 0 does not look. */
  readonly errorPercent: number;
  /** Times the median of the others that its mean time to the head of a response is, in an interval. 0 does not look. */
  readonly latencyFactor: number;
  /** Requests of an interval below which errorPercent and latencyFactor do not tell. */
  readonly minRequests: number;
  /** Time between two looks. */
  readonly interval: string;
  /** How long the first ejection lasts; the second twice as long, and so on. */
  readonly ejectionTime: string;
  /** Longest ejection. */
  readonly maxEjectionTime: string;
  /** Percent of the endpoints that may be ejected at once. One may be in any case, where there are others. */
  readonly maxEjectionPercent: number;
  /** Statuses that are errors. Default: 502, 503 and 504. */
  readonly statuses?: readonly number[];
}

/** Stops sending requests to an upstream that keeps failing. Failures are connect errors, timeouts, resets and some statuses. */
export interface LoomUpstreamSpecCircuitBreaker {
  /** Failures in a row that open the breaker. */
  readonly failureThreshold: number;
  /** Successes in a row that close a half-open breaker. */
  readonly successThreshold: number;
  /** How long the breaker stays open before it lets trial requests through. */
  readonly timeout: string;
  /** Statuses of responses that are failures. */
  readonly statuses: readonly number[];
}

/** Each address that the host names among the endpoints resolve to is an endpoint of its own, and names are resolved anew when their time to live is over. Without this a name is one endpoint, resolved for each connection. */
export interface LoomUpstreamSpecDns {
  /** Which addresses count. */
  readonly family: 'Any' | 'IPv4' | 'IPv6';
  /** Least time between two look-ups. */
  readonly minInterval: string;
  /** Longest time between two look-ups. */
  readonly maxInterval: string;
}

/** What may go on at once, in the whole process. A request beyond it is answered with 503. */
export interface LoomUpstreamSpecLimits {
  /** Connections to all endpoints together. A request beyond them waits for one; of HTTP/2 when the streams of all are in use. */
  readonly connections?: number;
  /** The same to each endpoint. */
  readonly connectionsPerEndpoint?: number;
  /** Requests that wait for a connection, connectTimeout at longest. 0: none waits. Default: no limit. */
  readonly pending?: number;
  /** Requests that have been sent and not answered completely. */
  readonly requests?: number;
}

/** How connections to endpoints are made and kept. */
export interface LoomUpstreamSpecPool {
  /** Connections that each data worker makes to each endpoint before there are requests, and keeps idle or in use. Of HTTP/2 one is enough and no more are made. */
  readonly prewarm: number;
  /** How long a connection without requests is kept. 0s: it is closed after each request. */
  readonly idleTimeout: string;
  /** Requests after which a connection is closed. 0: no limit. */
  readonly maxRequests: number;
  /** Age at which a connection is closed, after the requests on it. 0s: no limit. */
  readonly maxAge: string;
}

/** The wanted upstream. */
export interface LoomUpstreamSpec {
  /** Class of the Loom that serves this object. The default class serves objects without one. */
  readonly className?: string;
  /** Service of the same namespace whose ready endpoints are used. */
  readonly serviceRef?: LoomUpstreamSpecServiceRef;
  /** Fixed endpoints. */
  readonly endpoints?: readonly LoomUpstreamSpecEndpoint[];
  /** What the endpoints speak. Http is HTTP/1.1 and Https the same over TLS, H2c is HTTP/2 in clear (prior knowledge) and H2 the same over TLS, Grpc is H2c and Grpcs is H2 for servers of gRPC. */
  readonly protocol: 'Http' | 'Https' | 'H2c' | 'H2' | 'Grpc' | 'Grpcs';
  /** How endpoints of Https, H2 and Grpcs prove who they are, and Loom to them. */
  readonly tls?: LoomUpstreamSpecTls;
  /** Endpoints are told of whom a connection is, by a header of the PROXY protocol at its beginning, before TLS: the address of the client, and that which it came to. No connection is used for two clients then. Calls of plugins and probes are Loom's own (LOCAL). */
  readonly proxyProtocol?: 'V1' | 'V2';
  /** RoundRobin takes endpoints in turn, Weighted in turn by weight, LeastConn the one with the fewest requests in flight, Random any, ConsistentHash always the same for the same key. All count over every data worker of the process. */
  readonly loadBalancer: 'RoundRobin' | 'Weighted' | 'LeastConn' | 'Random' | 'ConsistentHash';
  /** What requests that go to the same endpoint have in common. Few of them move when endpoints come and go (Maglev). */
  readonly consistentHash?: LoomUpstreamSpecConsistentHash;
  /** Sends a client back to the endpoint that it had, as long as that is there and healthy, by a cookie that Loom sets. Its value says nothing about the endpoint. */
  readonly stickyCookie?: LoomUpstreamSpecStickyCookie;
  /** An endpoint that is new, or healthy again, gets its share little by little. */
  readonly slowStart?: LoomUpstreamSpecSlowStart;
  /** Which endpoints come first within a priority. Hints are those for the zone of this Loom by the hints of EndpointSlices, SameZone those that are in it, Off none. */
  readonly zonePreference: 'Hints' | 'SameZone' | 'Off';
  /** Below this percentage of healthy endpoints requests go to all of them, since the checks are more likely wrong than right. 0 never does. */
  readonly panicThreshold: number;
  /** Active probes in the protocol and with the TLS of the upstream. An endpoint that fails them gets no requests. */
  readonly healthCheck?: LoomUpstreamSpecHealthCheck;
  /** Passive health checks. An endpoint that stands out by what becomes of its requests is ejected for a while. Errors are connect errors, timeouts, resets and the statuses below. */
  readonly outlierDetection?: LoomUpstreamSpecOutlierDetection;
  /** Stops sending requests to an upstream that keeps failing. Failures are connect errors, timeouts, resets and some statuses. */
  readonly circuitBreaker?: LoomUpstreamSpecCircuitBreaker;
  /** Each address that the host names among the endpoints resolve to is an endpoint of its own, and names are resolved anew when their time to live is over. Without this a name is one endpoint, resolved for each connection. */
  readonly dns?: LoomUpstreamSpecDns;
  /** What may go on at once, in the whole process. A request beyond it is answered with 503. */
  readonly limits?: LoomUpstreamSpecLimits;
  /** How connections to endpoints are made and kept. */
  readonly pool?: LoomUpstreamSpecPool;
  /** Longest wait for a connection to an endpoint. 0s: as long as the system waits. */
  readonly connectTimeout: string;
}

export interface LoomUpstream extends KubeObject {
  readonly kind: 'LoomUpstream';
  readonly spec: LoomUpstreamSpec;
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** A key of binaryData in a ConfigMap of the same namespace, labelled loom.dev/wasm=true. */
export interface WasmPluginSpecSourceConfigMapRef {
  /** Name of the ConfigMap. */
  readonly name: string;
  /** Key in binaryData. */
  readonly key: string;
}

/** One piece. */
export interface WasmPluginSpecSourceConfigMapChunk {
  /** Name of the ConfigMap. */
  readonly name: string;
  /** Key in binaryData. */
  readonly key: string;
}

/** Secret of type kubernetes.io/dockerconfigjson in the same namespace, with the credentials. */
export interface WasmPluginSpecSourceOciPullSecretRef {
  /** Name of the Secret. */
  readonly name: string;
}

/** An image or artifact in an OCI registry. */
export interface WasmPluginSpecSourceOci {
  /** Registry, repository, and tag or digest: registry.example.com/team/plugin:1.2 or …@sha256:…. Without either the tag is latest. oci:// may stand before it. */
  readonly image: string;
  /** IfNotPresent: what was fetched once is used from then on. Always: the registry or server is asked again when the object changes and at intervals. Default IfNotPresent, but Always for the tag latest; without effect for a digest, or with sha256. */
  readonly pullPolicy?: 'IfNotPresent' | 'Always';
  /** Secret of type kubernetes.io/dockerconfigjson in the same namespace, with the credentials. */
  readonly pullSecretRef?: WasmPluginSpecSourceOciPullSecretRef;
  /** Certificates in PEM that the server may be verified by, beside those that Loom trusts anyway. */
  readonly ca?: string;
  /** What to do without. SkipVerify: any certificate is believed. PlainHttp: no TLS at all. */
  readonly insecure?: 'SkipVerify' | 'PlainHttp';
  /** Public key in PEM (ECDSA, Ed25519 or RSA) that must have signed the image; signatures as cosign writes them with --new-bundle-format=false. */
  readonly publicKey?: string;
}

/** Secret of type kubernetes.io/dockerconfigjson in the same namespace, with the credentials. */
export interface WasmPluginSpecSourceHttpPullSecretRef {
  /** Name of the Secret. */
  readonly name: string;
}

/** A web server: the module itself, or a .tar, .tar.gz or .gz with it. */
export interface WasmPluginSpecSourceHttp {
  /** URL of the module. Redirects are followed, but not from https to http. */
  readonly url: string;
  /** IfNotPresent: what was fetched once is used from then on. Always: the registry or server is asked again when the object changes and at intervals. Default IfNotPresent, but Always for the tag latest; without effect for a digest, or with sha256. */
  readonly pullPolicy?: 'IfNotPresent' | 'Always';
  /** Secret of type kubernetes.io/dockerconfigjson in the same namespace, with the credentials. */
  readonly pullSecretRef?: WasmPluginSpecSourceHttpPullSecretRef;
  /** Certificates in PEM that the server may be verified by, beside those that Loom trusts anyway. */
  readonly ca?: string;
  /** What to do without. SkipVerify: any certificate is believed. PlainHttp: no TLS at all. */
  readonly insecure?: 'SkipVerify' | 'PlainHttp';
}

/** A file that the Loom process can read. */
export interface WasmPluginSpecSourceFile {
  /** Path of the file. Relative ones start at the folder of the configuration. */
  readonly path: string;
}

/** Where the .wasm comes from. */
export interface WasmPluginSpecSource {
  /** A key of binaryData in a ConfigMap of the same namespace, labelled loom.dev/wasm=true. */
  readonly configMapRef?: WasmPluginSpecSourceConfigMapRef;
  /** The pieces of a module too large for one ConfigMap (1 MiB), in their order; ConfigMaps as for configMapRef. */
  readonly configMapChunks?: readonly WasmPluginSpecSourceConfigMapChunk[];
  /** An image or artifact in an OCI registry. */
  readonly oci?: WasmPluginSpecSourceOci;
  /** A web server: the module itself, or a .tar, .tar.gz or .gz with it. */
  readonly http?: WasmPluginSpecSourceHttp;
  /** A file that the Loom process can read. */
  readonly file?: WasmPluginSpecSourceFile;
}

/** One variable. */
export interface WasmPluginSpecEnv {
  /** Name of the variable. */
  readonly name: string;
  /** Its value. */
  readonly value: string;
}

/** What the plugin may use. An instance that goes beyond is ended and replaced. */
export interface WasmPluginSpecLimits {
  /** Time that one callback may compute. 0s: no limit. Default 50ms. */
  readonly callbackCpu?: string;
  /** Time that all callbacks of one request may compute. 0s: no limit. Default 200ms. */
  readonly requestCpu?: string;
  /** Time that start and configuration of an instance may compute. 0s: no limit. Default 5s. */
  readonly startCpu?: string;
  /** Linear memory of one instance. */
  readonly memoryMiB: number;
  /** Body that may be held while the plugin collects it. Beyond: a request gets 413, a response 500. */
  readonly bufferKiB: number;
  /** Requests that may be in the plugin at once in each data worker; more get failurePolicy.run. 0: no limit. */
  readonly concurrency: number;
}

/** Which it sees. Others are not there for it. */
export interface WasmPluginSpecCapabilitiesRequestHeadersRead {
  /** Only these. Empty: all. */
  readonly allow?: readonly string[];
  /** Not these, even when allowed. */
  readonly deny?: readonly string[];
}

/** Which it may add, replace or remove. What it writes to others has no effect. */
export interface WasmPluginSpecCapabilitiesRequestHeadersWrite {
  /** Only these. Empty: all. */
  readonly allow?: readonly string[];
  /** Not these, even when allowed. */
  readonly deny?: readonly string[];
}

/** Request headers that the plugin sees and changes. Names are exact, or end in * for a prefix. */
export interface WasmPluginSpecCapabilitiesRequestHeaders {
  /** Which it sees. Others are not there for it. */
  readonly read?: WasmPluginSpecCapabilitiesRequestHeadersRead;
  /** Which it may add, replace or remove. What it writes to others has no effect. */
  readonly write?: WasmPluginSpecCapabilitiesRequestHeadersWrite;
}

/** Which it sees. Others are not there for it. */
export interface WasmPluginSpecCapabilitiesResponseHeadersRead {
  /** Only these. Empty: all. */
  readonly allow?: readonly string[];
  /** Not these, even when allowed. */
  readonly deny?: readonly string[];
}

/** Which it may add, replace or remove. What it writes to others has no effect. */
export interface WasmPluginSpecCapabilitiesResponseHeadersWrite {
  /** Only these. Empty: all. */
  readonly allow?: readonly string[];
  /** Not these, even when allowed. */
  readonly deny?: readonly string[];
}

/** Response headers that the plugin sees and changes. Names are exact, or end in * for a prefix. */
export interface WasmPluginSpecCapabilitiesResponseHeaders {
  /** Which it sees. Others are not there for it. */
  readonly read?: WasmPluginSpecCapabilitiesResponseHeadersRead;
  /** Which it may add, replace or remove. What it writes to others has no effect. */
  readonly write?: WasmPluginSpecCapabilitiesResponseHeadersWrite;
}

/** What the plugin may do. Without grants: headers and trailers, log, properties, local responses and metrics of its own. */
export interface WasmPluginSpecCapabilities {
  /** Further families of host functions and callbacks. All is everything but calls to upstreams that are not named. */
  readonly allow?: readonly ('All' | 'RequestBody' | 'ResponseBody' | 'SharedData' | 'SharedQueues' | 'Ticks' | 'ForeignFunctions' | 'Routing' | 'Redis')[];
  /** Families of those given without asking that the plugin does not get. */
  readonly deny?: readonly ('Headers' | 'Log' | 'Properties' | 'LocalResponse' | 'Metrics')[];
  /** Where HTTP, gRPC and Redis calls may go: a LoomUpstream (namespace/name, or name in the plugin's namespace), a Service as name.namespace.svc.cluster.local:port, any host:port, or * for every LoomUpstream of its namespace. Those of other namespaces need a ReferenceGrant there. */
  readonly upstreams?: readonly string[];
  /** Request headers that the plugin sees and changes. Names are exact, or end in * for a prefix. */
  readonly requestHeaders?: WasmPluginSpecCapabilitiesRequestHeaders;
  /** Response headers that the plugin sees and changes. Names are exact, or end in * for a prefix. */
  readonly responseHeaders?: WasmPluginSpecCapabilitiesResponseHeaders;
}

/** One choice of rules: all that is set must hold. Empty: every route of the namespace. */
export interface WasmPluginSpecTarget {
  /** Names of LoomRoutes. */
  readonly routes?: readonly string[];
  /** Hosts as the routes write them. */
  readonly hosts?: readonly string[];
  /** Names of Services that a backend leads to. */
  readonly services?: readonly string[];
  /** Configuration in place of the plugin's own. */
  readonly config?: unknown;
}

/** What happens to requests when the plugin fails. Closed answers 503, Open goes on without the plugin. A version that worked goes on serving when a new one cannot be fetched or configured. */
export interface WasmPluginSpecFailurePolicy {
  /** The module cannot be read or compiled. */
  readonly fetch: 'Closed' | 'Open';
  /** The plugin refuses its configuration. */
  readonly configure: 'Closed' | 'Open';
  /** The plugin traps or exceeds a limit while it handles a request. Reload is Closed, and the plugin is never given up: a new instance is tried again and again. */
  readonly run: 'Closed' | 'Open' | 'Reload';
}

/** The wanted plugin. */
export interface WasmPluginSpec {
  /** Class of the Loom that serves this object. The default class serves objects without one. */
  readonly className?: string;
  /** Where the .wasm comes from. */
  readonly source: WasmPluginSpecSource;
  /** SHA-256 of the module, for an OCI image also that of its manifest. Another content is refused. */
  readonly sha256?: string;
  /** Root context that the module should use; for modules that hold several plugins. */
  readonly rootId?: string;
  /** Name under which plugins share data and queues. Empty: all plugins of the namespace that have none. */
  readonly vmId?: string;
  /** Configuration of the plugin: an object or list is read as JSON, a string as it stands. */
  readonly config?: unknown;
  /** Environment variables that the module sees through WASI. There are no others. */
  readonly env?: readonly WasmPluginSpecEnv[];
  /** Shared: one instance serves many requests at once. Request: each request has a fresh instance, and no request sees what another left behind. */
  readonly isolation: 'Shared' | 'Request';
  /** Instances of the module in each data worker, with isolation Shared. */
  readonly instances: number;
  /** Where the timer of proxy_set_tick_period_milliseconds runs: in each data worker, as in Envoy, or in one of the process. */
  readonly ticks: 'Worker' | 'Process';
  /** A headers callback that pauses holds the headers only, and body callbacks go on. Otherwise they wait too, as in Envoy. */
  readonly allowOnHeadersStopIteration: boolean;
  /** What the plugin may use. An instance that goes beyond is ended and replaced. */
  readonly limits?: WasmPluginSpecLimits;
  /** What the plugin may do. Without grants: headers and trailers, log, properties, local responses and metrics of its own. */
  readonly capabilities?: WasmPluginSpecCapabilities;
  /** Rules that get the plugin without naming it. Routes of the same namespace only. */
  readonly targets?: readonly WasmPluginSpecTarget[];
  /** Place in the chain. Plugins run in the order of the phases on a request and in reverse on a response. */
  readonly phase: 'Authn' | 'Authz' | 'OnRequestHeaders' | 'OnRequestBody' | 'OnResponseHeaders' | 'OnResponseBody' | 'OnLog';
  /** Place among plugins of the same phase; higher runs first. */
  readonly priority: number;
  /** What happens to requests when the plugin fails. Closed answers 503, Open goes on without the plugin. A version that worked goes on serving when a new one cannot be fetched or configured. */
  readonly failurePolicy?: WasmPluginSpecFailurePolicy;
}

export interface WasmPlugin extends KubeObject {
  readonly kind: 'WasmPlugin';
  readonly spec: WasmPluginSpec;
  readonly status?: { readonly conditions?: readonly Condition[] };
}
