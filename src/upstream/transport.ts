import { connect, type OnReadOpts, type Socket } from 'node:net';
import { LoomError } from '../errors.ts';
import { writeProxyHeader, type ProxiedPeers } from '../http/proxy-header.ts';
import type { Protocol, Upstream } from '../model/upstream.ts';
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

type Settings = Pick<Upstream, 'protocol' | 'tls' | 'proxyProtocol' | 'connectTimeoutMs' | 'pool'>;

export const overTls = ({ protocol = 'Http' }: Pick<Upstream, 'protocol'>): boolean => wires[protocol].tls;

/** Upstreams with the same text can share connections. */
export function transportKey({
  protocol = 'Http',
  tls,
  proxyProtocol,
  connectTimeoutMs,
  pool,
}: Settings): string {
  const wire = wires[protocol];
  if (!wire.http2 && !wire.tls && !proxyProtocol && !pool) return '';
  const secured = wire.tls ? (tls ?? {}) : {};
  return JSON.stringify([wire, wire.http2 ? connectTimeoutMs : 0, secured, proxyProtocol, pool]);
}

/** Less than the 60 s after which common servers close idle connections. */
const keepAliveMs = 55_000;
/** Of a connection that only one client can use: that one is about to send its next request, or has gone. */
const announcedKeepAliveMs = 5000;

/** How connections to the endpoints of an upstream are made, and what is spoken on them. */
export class Transport {
  /** Of the socket, when there is a connection to send on. */
  readonly connectEvent: 'connect' | 'secureConnect';
  readonly connectTimeoutMs: number;
  /** How long an idle connection is worth keeping. */
  readonly keepAliveMs: number;
  /** Of a connection; Infinity: no limit. */
  readonly maxRequests: number;
  readonly maxAgeMs: number;
  readonly scheme: 'http' | 'https';
  /** Each connection says first of whom it is (PROXY protocol), so pools are of one client each. */
  readonly isAnnounced: boolean;
  readonly #settings: Settings;
  readonly #tls: TlsClient | undefined;
  readonly #http2: boolean;
  readonly #greeting: Buffer | undefined;

  /** `greeting` goes first on every connection. Throws LoomError `tls-failed` for settings that no connection can be made with. */
  constructor(settings: Settings, greeting?: Buffer, tls?: TlsClient) {
    const { protocol = 'Http', connectTimeoutMs, proxyProtocol, pool } = settings;
    const wire = wires[protocol];
    this.#settings = settings;
    this.#http2 = wire.http2;
    this.#tls = wire.tls
      ? (tls ?? new TlsClient(settings.tls ?? {}, wire.http2 ? 'h2' : 'http/1.1'))
      : undefined;
    this.#greeting = greeting;
    this.isAnnounced = proxyProtocol !== undefined;
    this.keepAliveMs = pool?.idleMs ?? (proxyProtocol ? announcedKeepAliveMs : keepAliveMs);
    this.maxRequests = pool?.maxRequests || Infinity;
    this.maxAgeMs = pool?.maxAgeMs || Infinity;
    this.scheme = wire.tls ? 'https' : 'http';
    this.connectEvent = wire.tls ? 'secureConnect' : 'connect';
    this.connectTimeoutMs = connectTimeoutMs;
  }

  /** `peers`: of whom its connections are, where they say so; undefined for Loom itself. */
  pool(host: string, port: number, peers: ProxiedPeers | undefined): EndpointPool {
    const transport = this.announcing(peers);
    return this.#http2 ? new SessionPool(transport, host, port) : new ConnectionPool(transport, host, port);
  }

  /** The same for the connections of one client. */
  announcing(peers: ProxiedPeers | undefined): Transport {
    const { proxyProtocol } = this.#settings;
    if (!proxyProtocol) return this;
    return new Transport(this.#settings, writeProxyHeader(proxyProtocol, peers), this.#tls);
  }

  /** With `onread` the bytes go there, and the other side may end before this one. */
  connect(host: string, port: number, onread?: OnReadOpts): Socket {
    if (this.#tls) return this.#tls.connect(host, port, onread, this.#greeting);
    const read = onread === undefined ? {} : { onread, allowHalfOpen: true };
    const socket = connect({ host, port, noDelay: true, ...read });
    if (this.#greeting) socket.write(this.#greeting);
    return socket;
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
