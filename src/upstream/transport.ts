import { connect, type OnReadOpts, type Socket } from 'node:net';
import { LoomError } from '../errors.ts';
import type { Protocol, Upstream } from '../model/model.ts';
import { ConnectionPool } from './http1/connection-pool.ts';
import { SessionPool } from './http2/session-pool.ts';
import type { EndpointPool } from './request.ts';
import { TlsClient } from './tls-client.ts';

interface Wire {
  readonly http2: boolean;
  readonly tls: boolean;
}

const wires: Readonly<Record<Protocol, Wire>> = {
  Http: { http2: false, tls: false },
  Https: { http2: false, tls: true },
  H2c: { http2: true, tls: false },
  Grpc: { http2: true, tls: false },
  H2: { http2: true, tls: true },
  Grpcs: { http2: true, tls: true },
};

type Settings = Pick<Upstream, 'protocol' | 'tls' | 'proxyProtocol' | 'connectTimeoutMs'>;

export const overTls = ({ protocol = 'Http' }: Pick<Upstream, 'protocol'>): boolean => wires[protocol].tls;

/** Upstreams with the same text can share connections. */
export function transportKey({ protocol = 'Http', tls, connectTimeoutMs }: Settings): string {
  const wire = wires[protocol];
  if (!wire.http2 && !wire.tls) return '';
  return JSON.stringify([wire, wire.http2 ? connectTimeoutMs : 0, wire.tls ? (tls ?? {}) : {}]);
}

/** How connections to the endpoints of an upstream are made, and what is spoken on them. */
export class Transport {
  /** Of the socket, when there is a connection to send on. */
  readonly connectEvent: 'connect' | 'secureConnect';
  readonly connectTimeoutMs: number;
  readonly scheme: 'http' | 'https';
  readonly #tls: TlsClient | undefined;
  readonly #http2: boolean;

  /** Throws LoomError `tls-failed` for settings that no connection can be made with. */
  constructor({ protocol = 'Http', tls, connectTimeoutMs }: Settings) {
    const wire = wires[protocol];
    this.#http2 = wire.http2;
    this.#tls = wire.tls ? new TlsClient(tls ?? {}, wire.http2 ? 'h2' : 'http/1.1') : undefined;
    this.scheme = wire.tls ? 'https' : 'http';
    this.connectEvent = wire.tls ? 'secureConnect' : 'connect';
    this.connectTimeoutMs = connectTimeoutMs;
  }

  pool(host: string, port: number): EndpointPool {
    return this.#http2 ? new SessionPool(this, host, port) : new ConnectionPool(this, host, port);
  }

  /** With `onread` the bytes go there, and the other side may end before this one. */
  connect(host: string, port: number, onread?: OnReadOpts): Socket {
    if (this.#tls) return this.#tls.connect(host, port, onread);
    const read = onread === undefined ? {} : { onread, allowHalfOpen: true };
    return connect({ host, port, noDelay: true, ...read });
  }

  /** What it means that a connection is gone. */
  failure(error: Error | undefined, connected: boolean): LoomError {
    const detail = error && messageOf(error);
    if (this.#tls && TlsClient.isRefusal(error, connected)) return new LoomError('tls-failed', detail, error);
    return new LoomError(connected ? 'upstream-reset' : 'connect-failed', detail, error);
  }
}

/** Several addresses of one name fail as one error, without a message of its own. */
const messageOf = (error: Error): string =>
  error instanceof AggregateError && !error.message ? String(error.errors[0]) : error.message;
