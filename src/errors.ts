/**
 * The catalogue of everything that Loom itself answers or logs as a failure. One line each; `docs/errors.md` has the same
 * list, and a test compares the two. `side` says whose fault it was, `retry` whether another try could be harmless:
 * `always` when nothing had been sent, `idempotent` when something may have reached the upstream.
 */
export const errors = {
  'bad-request': { status: 400, side: 'downstream', retry: 'never', message: 'the request is malformed' },
  'request-timeout': {
    status: 408,
    side: 'downstream',
    retry: 'never',
    message: 'the request did not arrive in time',
  },
  'body-too-large': {
    status: 413,
    side: 'downstream',
    retry: 'never',
    message: 'the request body is larger than allowed',
  },
  'address-denied': {
    status: 403,
    side: 'downstream',
    retry: 'never',
    message: 'the address of the client may not use this route',
  },
  'rate-limited': {
    status: 429,
    side: 'downstream',
    retry: 'never',
    message: 'too many requests',
  },
  unauthorized: {
    status: 401,
    side: 'downstream',
    retry: 'never',
    message: 'credentials are missing or not accepted',
  },
  forbidden: { status: 403, side: 'downstream', retry: 'never', message: 'the request is not allowed' },
  'keys-unavailable': {
    status: 503,
    side: 'internal',
    retry: 'never',
    message: 'the keys of tokens could not be read yet',
  },
  'auth-unavailable': {
    status: 503,
    side: 'internal',
    retry: 'never',
    message: 'who asks cannot be checked now',
  },
  'uri-too-long': {
    status: 414,
    side: 'downstream',
    retry: 'never',
    message: 'the request target is longer than allowed',
  },
  'headers-too-large': {
    status: 431,
    side: 'downstream',
    retry: 'never',
    message: 'the request headers are larger than allowed',
  },
  'client-abort': {
    status: 499,
    side: 'downstream',
    retry: 'never',
    message: 'the client closed the connection',
  },
  'no-route': { status: 404, side: 'downstream', retry: 'never', message: 'no route matches the request' },
  'method-not-implemented': {
    status: 501,
    side: 'downstream',
    retry: 'never',
    message: 'the method is not supported',
  },
  'backend-missing': {
    status: 500,
    side: 'internal',
    retry: 'never',
    message: 'the backend of the route does not exist',
  },
  'plugin-missing': {
    status: 500,
    side: 'internal',
    retry: 'never',
    message: 'a plugin of the route does not exist',
  },
  'plugin-unavailable': {
    status: 503,
    side: 'plugin',
    retry: 'never',
    message: 'a plugin of the route could not be loaded',
  },
  'plugin-failed': {
    status: 503,
    side: 'plugin',
    retry: 'never',
    message: 'a plugin failed while it handled the request',
  },
  'plugin-reset': {
    status: 502,
    side: 'plugin',
    retry: 'never',
    message: 'a plugin closed the stream',
  },
  'response-too-large': {
    status: 500,
    side: 'plugin',
    retry: 'never',
    message: 'a plugin holds back a response that is larger than it may buffer',
  },
  'no-endpoint': { status: 503, side: 'upstream', retry: 'never', message: 'the upstream has no endpoint' },
  'no-healthy-endpoint': {
    status: 503,
    side: 'upstream',
    retry: 'never',
    message: 'no endpoint of the upstream is healthy',
  },
  'breaker-open': {
    status: 503,
    side: 'upstream',
    retry: 'never',
    message: 'the circuit breaker of the upstream is open',
  },
  'upstream-overloaded': {
    status: 503,
    side: 'internal',
    retry: 'never',
    message: 'as many requests or connections as the upstream may have are in use',
  },
  'connect-failed': {
    status: 502,
    side: 'upstream',
    retry: 'always',
    message: 'the upstream cannot be reached',
  },
  'connect-timeout': {
    status: 504,
    side: 'upstream',
    retry: 'always',
    message: 'the upstream did not accept a connection in time',
  },
  'tls-failed': {
    status: 502,
    side: 'upstream',
    retry: 'always',
    message: 'no trusted TLS connection to the upstream could be made',
  },
  'inner-address': {
    status: 502,
    side: 'upstream',
    retry: 'always',
    message: 'the endpoint is, or leads to, an address that objects of a cluster may not name',
  },
  'upstream-refused': {
    status: 503,
    side: 'upstream',
    retry: 'always',
    message: 'the upstream refused the request before it looked at it',
  },
  'upgrade-unsupported': {
    status: 502,
    side: 'upstream',
    retry: 'never',
    message: 'the upstream cannot upgrade: it has not enabled extended CONNECT',
  },
  'upstream-reset': {
    status: 502,
    side: 'upstream',
    retry: 'idempotent',
    message: 'the upstream closed the connection',
  },
  'upstream-protocol': {
    status: 502,
    side: 'upstream',
    retry: 'never',
    message: 'the upstream sent a malformed response',
  },
  'response-timeout': {
    status: 504,
    side: 'upstream',
    retry: 'idempotent',
    message: 'the upstream did not answer in time',
  },
  'idle-timeout': { status: 504, side: 'upstream', retry: 'never', message: 'the upstream stopped sending' },
  'exchange-timeout': {
    status: 504,
    side: 'upstream',
    retry: 'never',
    message: 'the request took longer than allowed',
  },
  'out-of-descriptors': {
    status: 503,
    side: 'internal',
    retry: 'never',
    message: 'this server has too many files and connections open',
  },
  'fault-injected': {
    status: 503,
    side: 'internal',
    retry: 'never',
    message: 'this failure was asked for by the configuration',
  },
  overloaded: {
    status: 503,
    side: 'internal',
    retry: 'never',
    message: 'this server has more to do than it can',
  },
  draining: { status: 503, side: 'internal', retry: 'never', message: 'this server is shutting down' },
  internal: {
    status: 500,
    side: 'internal',
    retry: 'never',
    message: 'an unexpected failure in the gateway',
  },
} as const satisfies Record<string, ErrorEntry>;

interface ErrorEntry {
  readonly status: number;
  readonly side: 'downstream' | 'upstream' | 'plugin' | 'internal';
  readonly retry: 'never' | 'idempotent' | 'always';
  readonly message: string;
}

export type ErrorCode = keyof typeof errors;

/** A failure with its code; `detail` is for logs and never sent to a client. */
export class LoomError extends Error {
  readonly code: ErrorCode;
  /** When another try may do better; becomes Retry-After (RFC 9110 section 10.2.3). */
  retryAfterMs: number | undefined;
  /** What would be accepted; becomes WWW-Authenticate (RFC 9110 section 11.6.1). */
  authenticate: string | undefined;
  /** It says nothing about the upstream: the client alone may be at fault. */
  isNeutral = false;
  /** The code with which the other side reset its HTTP/2 stream (RFC 9113 section 7). */
  resetCode: number | undefined;

  constructor(code: ErrorCode, detail?: string, cause?: unknown) {
    super(
      detail ? `${errors[code].message}: ${detail}` : errors[code].message,
      cause === undefined ? {} : { cause },
    );
    this.name = 'LoomError';
    this.code = code;
  }
}
