import { connect, Socket, type OnReadOpts } from 'node:net';
import { LoomError } from '../errors.ts';
import { foreignPlace } from '../foreign.ts';
import { descriptors } from '../http/descriptors.ts';
import { writeProxyHeader, type ProxiedPeers } from '../http/proxy-header.ts';
import type { Protocol, Upstream } from '../model/upstream.ts';
import { isExhaustion } from './failures.ts';
import { ConnectionPool } from './http1/connection-pool.ts';
import { SessionPool } from './http2/session-pool.ts';
import type { EndpointPool } from './request.ts';
import type { SeatPlan } from './seats.ts';
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

type Settings = Pick<
  Upstream,
  'protocol' | 'tls' | 'proxyProtocol' | 'connectTimeoutMs' | 'pool' | 'foreignOnly'
>;

export const overTls = ({ protocol = 'Http' }: Pick<Upstream, 'protocol'>): boolean => wires[protocol].tls;

/** What connections are like that upstreams ask for with the same settings. */
export function transportKey({
  protocol = 'Http',
  tls,
  proxyProtocol,
  connectTimeoutMs,
  pool,
  foreignOnly,
}: Settings): string {
  const wire = wires[protocol];
  return JSON.stringify([
    wire,
    connectTimeoutMs,
    wire.tls ? (tls ?? {}) : {},
    proxyProtocol,
    pool,
    foreignOnly,
  ]);
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
  /** Connections that a pool is to have before there are requests. */
  readonly prewarm: number;
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
    this.prewarm = pool?.prewarm ?? 0;
    this.scheme = wire.tls ? 'https' : 'http';
    this.connectEvent = wire.tls ? 'secureConnect' : 'connect';
    this.connectTimeoutMs = connectTimeoutMs;
  }

  /** `peers`: of whom its connections are, where they say so; undefined for Loom itself. */
  pool(
    { address, port }: { readonly address: string; readonly port: number },
    peers: ProxiedPeers | undefined,
    plan: SeatPlan | undefined,
  ): EndpointPool {
    const Pool = this.#http2 ? SessionPool : ConnectionPool;
    return new Pool(this.announcing(peers), address, port, plan);
  }

  /** The same for the connections of one client. */
  announcing(peers: ProxiedPeers | undefined): Transport {
    const { proxyProtocol } = this.#settings;
    if (!proxyProtocol) return this;
    return new Transport(this.#settings, writeProxyHeader(proxyProtocol, peers), this.#tls);
  }

  /** With `onread` the bytes go there, and the other side may end before this one. */
  connect(host: string, port: number, onread?: OnReadOpts): Socket {
    const to = this.#settings.foreignOnly ? foreignPlace(host, port) : { host, port };
    if (to instanceof Error) return new Socket().destroy(to);
    if (this.#tls) return this.#tls.connect(to, onread, this.#greeting);
    const read = onread === undefined ? {} : { onread, allowHalfOpen: true };
    const socket = connect({ ...to, noDelay: true, ...read });
    if (this.#greeting) socket.write(this.#greeting);
    return socket;
  }

  /** Why a connection that has just been made cannot be kept. */
  excess(socket: Socket): LoomError | undefined {
    return descriptors.areForUpstream(socket) ? undefined : new LoomError('out-of-descriptors');
  }

  /** What it means that a connection is gone. */
  failure(error: Error | undefined, connected: boolean): LoomError {
    if (error instanceof LoomError) return error;
    const detail = error && messageOf(error);
    if (error && isExhaustion(error)) return new LoomError('out-of-descriptors', detail, error);
    if (this.#tls && TlsClient.isRefusal(error, connected)) return new LoomError('tls-failed', detail, error);
    return new LoomError(connected ? 'upstream-reset' : 'connect-failed', detail, error);
  }
}

/** Several addresses of one name fail as one error, without a message of its own. */
const messageOf = (error: Error): string =>
  error instanceof AggregateError && !error.message ? String(error.errors[0]) : error.message;
