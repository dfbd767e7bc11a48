/** When a client hears of it: at once, or when a limit of the configuration is over. */
export type When =
  | 'at once'
  | '`connect_timeout`'
  | '`timeouts.response`'
  | '`timeouts.idle`'
  | '`grpc-timeout`';

/** A way in which an upstream breaks, and what its clients see; a row of `docs/faults.md`. */
export interface UpstreamFault {
  readonly fault: string;
  /** Of the peers; undefined: 10.79.0.9, which answers no packet. */
  readonly mode: string | undefined;
  /** Outcome for clients of HTTP/1.1 and HTTP/2, and when. */
  readonly http: readonly [outcome: string, When];
  /** Outcome for clients of gRPC, and when. */
  readonly grpc: readonly [outcome: string, When];
}

export const upstreamFaults: readonly UpstreamFault[] = [
  {
    fault: 'refuses connections',
    mode: 'refuse',
    http: ['502 `connect-failed`', 'at once'],
    grpc: ['14 `connect-failed`', 'at once'],
  },
  {
    fault: 'takes no connection: its machine is gone',
    mode: undefined,
    http: ['504 `connect-timeout`', '`connect_timeout`'],
    grpc: ['4 `connect-timeout`', '`connect_timeout`'],
  },
  {
    fault: 'says nothing once it has the request',
    mode: 'silent',
    http: ['504 `response-timeout`', '`timeouts.response`'],
    grpc: ['4 `exchange-timeout`', '`grpc-timeout`'],
  },
  {
    fault: 'says nothing behind the head',
    mode: 'head-only',
    http: ['200, cut', '`timeouts.idle`'],
    grpc: ['200, cut', '`grpc-timeout`'],
  },
  {
    fault: 'resets the connection in place of an answer',
    mode: 'reset-before',
    http: ['502 `upstream-reset`', 'at once'],
    grpc: ['14 `upstream-reset`', 'at once'],
  },
  {
    fault: 'resets the connection within the body',
    mode: 'reset-in-body',
    http: ['200, cut', 'at once'],
    grpc: ['200, cut', 'at once'],
  },
  {
    fault: 'answers what is not of the protocol',
    mode: 'garbage',
    http: ['502 `upstream-protocol`', 'at once'],
    grpc: ['14 `upstream-protocol`', 'at once'],
  },
  {
    fault: 'sends less than its `Content-Length` says',
    mode: 'too-short',
    http: ['200, cut', 'at once'],
    grpc: ['200, cut', 'at once'],
  },
  {
    fault: 'sends more than its `Content-Length` says',
    mode: 'too-long',
    http: ['200', 'at once'],
    grpc: ['200, cut', 'at once'],
  },
  {
    fault: 'sends a byte now and then',
    mode: 'slow',
    http: ['200', 'at once'],
    grpc: ['200', 'at once'],
  },
];

export const rowOf = ({ fault, http, grpc }: UpstreamFault): string =>
  `| ${[fault, ...http, ...grpc].join(' | ')} |`;
