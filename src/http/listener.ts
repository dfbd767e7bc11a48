import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Limits, ListenerSettings } from '../model/settings.ts';
import { pulse } from '../pulse.ts';
import { LiveSet } from '../structures/live-set.ts';
import type { Admission, FullReason } from './admission.ts';
import type { CertificateStore } from './certificates.ts';
import { descriptors } from './descriptors.ts';
import type { Downstream, DownstreamParts } from './downstream.ts';
import type { Exchange, OpenTunnel } from './exchange.ts';
import type { ForwardedFields } from './forwarded.ts';
import { ServerConnection } from './http1/server-connection.ts';
import type { Abuse } from './http2/flood-guard.ts';
import { ServerSession } from './http2/server-session.ts';
import type { Http3Stats } from './http3/engine.ts';
import { altService, Http3Listener } from './http3/http3-listener.ts';
import type { QuicShare } from './http3/quic-share.ts';
import { ListeningSockets } from './listening-sockets.ts';
import { remotePeer } from './peers.ts';
import { ProxyGreeting } from './proxy-greeting.ts';
import { redirectToHttps } from './redirect-to-https.ts';
import type { TicketKeys } from './ticket-keys.ts';
import { TlsTerminator } from './tls-terminator.ts';

export interface ListenerParts {
  readonly limits: Limits;
  readonly forwarded: ForwardedFields;
  readonly certificates: CertificateStore;
  readonly ticketKeys: TicketKeys;
  /** Undefined: every connection is let in. */
  readonly admission?: Admission | undefined;
  /** For listeners with HTTP/3. */
  readonly quic?: QuicShare;
  handle(exchange: Exchange): void;
  /** A connection was closed before it could bring a request. */
  refused(listener: string, reason: Refusal, detail: string): void;
  /** A connection was ended for what its client did with it. */
  abused(listener: string, abuse: Abuse, detail: string): void;
  /** New authorities for the certificates of clients cannot be used; the old ones stay. */
  troubled(listener: string, problem: string): void;
  /** A failure of this program that cost a connection. */
  failed(listener: string, error: unknown): void;
}

type Refusal =
  | 'tls'
  | 'quic'
  | 'handshakes'
  | 'client-certificate'
  | 'proxy-protocol'
  | 'descriptors'
  | 'overload'
  | FullReason;

/** How often connections are asked whether something takes too long: timeouts are late by at most this. */
const checkEveryMs = 100;

/** One bound address of one worker. */
export class HttpListener {
  get name(): string {
    return this.#settings.name;
  }

  readonly #settings: ListenerSettings;
  readonly #sockets: ListeningSockets;
  readonly #connections = new LiveSet<Downstream>();
  readonly #look = (now: number): boolean => this.#check(now);
  #checkedAt = 0;
  readonly #tls: TlsTerminator | undefined;
  readonly #http3: Http3Listener | undefined;
  #altService: string | undefined;
  #draining = false;
  #stopped = false;

  constructor(settings: ListenerSettings, listenerParts: ListenerParts) {
    const { limits, forwarded, certificates, ticketKeys } = listenerParts;
    const { name, protocol, httpsPort } = settings;
    this.#settings = settings;
    const parts: DownstreamParts = {
      listener: settings.name,
      scheme: settings.protocol,
      limits,
      draining: () => this.#draining,
      handle: (exchange) => {
        forwarded.apply(exchange);
        if (httpsPort !== undefined) exchange.refusal ??= redirectToHttps(exchange, httpsPort);
        exchange.altService = this.#altService;
        listenerParts.handle(exchange);
      },
      closed: (connection) => this.#connections.delete(connection),
      abused: (abuse, detail) => listenerParts.abused(name, abuse, detail),
      http2: (socket) => this.#keep(new ServerSession(socket, parts)),
    };
    const accept = (socket: Socket): void => {
      const byAlpn = socket instanceof TLSSocket && socket.alpnProtocol === 'h2';
      this.#keep(
        byAlpn ? new ServerSession(socket, parts) : new ServerConnection(socket, parts, performance.now()),
      );
    };
    if (protocol === 'https') {
      this.#tls = new TlsTerminator(settings, {
        limits,
        certificates,
        ticketKeys,
        accept,
        refused: (reason, detail) => listenerParts.refused(name, reason, detail),
        troubled: (problem) => listenerParts.troubled(name, problem),
      });
    }
    const { admission, quic } = listenerParts;
    if (settings.http3 && quic) {
      this.#http3 = new Http3Listener(settings, {
        limits,
        certificates,
        ticketKeys,
        admission,
        clientVerifier: () => this.#tls?.clientVerifier,
        downstream: parts,
        quic,
        keep: (connection) => this.#keep(connection),
        refused: (reason, detail) => listenerParts.refused(name, reason, detail),
        failed: (error) => listenerParts.failed(name, error),
      });
    }
    const tls = this.#tls?.server;
    const begin = tls
      ? (socket: Socket) => {
          this.#tls?.useCurrentKeys();
          tls.emit('connection', socket);
        }
      : accept;
    const accepted = (socket: Socket): void => {
      pulse.wake();
      const full = descriptors.areForClient(socket) ? admission?.admit(socket) : 'descriptors';
      if (full === undefined) return begin(socket);
      listenerParts.refused(name, full, remotePeer(socket).address);
      socket.destroy();
    };
    const greet = (socket: Socket): void => this.#greet(socket, listenerParts, accepted);
    this.#sockets = new ListeningSockets({
      accepted: settings.proxyProtocol ? greet : accepted,
      dropped: () => listenerParts.refused(name, 'overload', 'more than can be served'),
    });
    pulse.joinDeadlines(this.#look);
  }

  /** Rejects with a reason for people. */
  async listen(): Promise<AddressInfo> {
    const { name, host, port } = this.#settings;
    try {
      this.#tls?.open();
    } catch (error) {
      throw new Error(`the listener ${name}: ${(error as Error).message}`, { cause: error });
    }
    const bound = await this.#sockets.listen(host, port).catch((error: NodeJS.ErrnoException) => {
      throw new Error(`the listener ${name} cannot bind ${host}:${port}: ${error.code ?? error.message}`);
    });
    if (this.#http3) {
      await this.#http3.listen(bound.port);
      this.#altService = altService(this.#settings.http3?.advertisedPort ?? bound.port);
    }
    return bound;
  }

  /** Closes new connections as they come, before anything is read or encrypted; or lets them in again. */
  refuse(refusing: boolean): void {
    this.#sockets.refuse(refusing);
    this.#http3?.refuse(refusing);
  }

  /** From now on every response asks the client to close. */
  announceDrain(): void {
    this.#draining = true;
  }

  /** No new connections; idle ones are closed, the others after their response. Resolves when none is left. */
  async stop(): Promise<void> {
    this.#draining = true;
    this.#stopped = true;
    const closed = this.#sockets.close();
    for (const connection of this.#connections.values()) connection.stop();
    await closed;
    await this.#http3?.stop();
  }

  /** Undefined where there is no HTTP/3. */
  get http3(): Http3Stats | undefined {
    return this.#http3?.stats();
  }

  /** Open connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Connections that were upgraded. */
  get tunnels(): readonly OpenTunnel[] {
    return this.#connections.values().flatMap(({ tunnels }) => tunnels);
  }

  /** Reads whom the connection is of before anything else of it. */
  #greet(socket: Socket, parts: ListenerParts, accept: (socket: Socket) => void): void {
    const peer = remotePeer(socket);
    const refused = (detail: string): void =>
      parts.refused(this.#settings.name, 'proxy-protocol', `${peer.address}: ${detail}`);
    if (!parts.forwarded.mayAnnounce(peer)) {
      refused('is not one of trusted_proxies');
      socket.destroy();
      return;
    }
    const closed = (greeting: Downstream): void => void this.#connections.delete(greeting);
    const timeoutMs = parts.limits.headerTimeoutMs;
    this.#keep(new ProxyGreeting(socket, { timeoutMs, accept, refused, closed }));
  }

  #check(now: number): boolean {
    if (now - this.#checkedAt < checkEveryMs) return this.#connections.size > 0;
    this.#checkedAt = now;
    for (const connection of this.#connections.values()) connection.check(now);
    return this.#connections.size > 0;
  }

  #keep(connection: Downstream): void {
    this.#connections.add(connection);
    pulse.wake();
    if (this.#stopped) connection.stop();
  }

  /** Cuts what is left. */
  destroy(): void {
    this.#tls?.close();
    pulse.leave(this.#look);
    for (const connection of this.#connections.values()) connection.destroy();
    this.#http3?.destroy();
    void this.#sockets.close();
  }
}
