import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { transportCodes } from '../../quic/errors.ts';
import { Sealer } from '../../quic/crypto/sealer.ts';
import { Endpoint } from '../../quic/endpoint/endpoint.ts';
import { UdpSocket } from '../../quic/endpoint/udp-socket.ts';
import type { UdpAddress } from '../../quic/connection/path.ts';
import type { CertificateStore } from '../certificates.ts';
import type { ClientVerifier } from '../client-verifier.ts';
import type { TicketKeys } from '../ticket-keys.ts';
import type { Http3Engine, Http3EngineEvents, Http3Limits, Http3Stats } from './engine.ts';
import { DatagramExchange } from './datagram-exchange.ts';
import type { QuicShare } from './quic-share.ts';
import { QuicHttp3Connection } from './quic-connection.ts';
import { QuicIdentities } from './quic-identities.ts';

/** A connection without a packet is forgotten after that time; before, its client is asked while it has a request. */
const maxIdleMs = 30_000;
/** Bytes that may wait to be read: of a request, and of all requests of a connection. */
const streamWindow = 256 << 10;
const connectionWindow = 1 << 20;
/** Control, two of QPACK, and some of kinds that we do not know. */
const uniStreams = 8;
const handshakes = { maxHandshakes: 4096, maxHandshakesPerAddress: 256, retryFrom: 512 } as const;

export interface QuicEngineParts {
  readonly limits: Http3Limits;
  readonly certificates: CertificateStore;
  readonly ticketKeys: TicketKeys;
  /** Undefined: clients are asked for no certificates. */
  readonly clientVerifier: () => ClientVerifier | undefined;
  readonly events: Http3EngineEvents;
  /** Of the listener. */
  readonly name: string;
  readonly quic: QuicShare;
}

/** HTTP/3 over QUIC in TypeScript, on `node:dgram` and `node:crypto`. */
export class QuicEngine implements Http3Engine {
  readonly #parts: QuicEngineParts;
  readonly #endpoint: Endpoint;
  #socket: UdpSocket | undefined;
  #strays: DatagramExchange | undefined;
  #local: UdpAddress = { address: '', port: 0, family: 'IPv4' };
  #handshakes = 0;
  #failedHandshakes = 0;
  #resumedHandshakes = 0;
  #packetsLost = 0;
  #sealer: { readonly generation: number; readonly sealer: Sealer } | undefined;

  constructor(parts: QuicEngineParts) {
    this.#parts = parts;
    const { limits, events, quic: share, certificates, clientVerifier } = parts;
    const { retryFrom, updateKeysAfter } = share;
    const identities = new QuicIdentities(certificates);
    this.#endpoint = new Endpoint(
      {
        ...handshakes,
        ...(retryFrom !== undefined && { retryFrom }),
        ...(updateKeysAfter !== undefined && { updateKeysAfter }),
        worker: share.worker,
        secret: secretOf(parts.name, share.secret),
        maxIdleMs,
        handshakeTimeoutMs: limits.handshakeTimeoutMs,
        streams: { bidi: limits.maxStreams, uni: uniStreams, streamWindow, connectionWindow },
        handshake: {
          identityFor: (name) => identities.find(name),
          protocols: ['h3'],
          tickets: () => this.#tickets(),
          clientVerifier,
        },
      },
      {
        send: (bytes, to) => this.#socket?.send(bytes, to),
        forward: (worker, datagram, from) => this.#strays?.forward(worker, datagram, from) ?? false,
        accept: (quic) => {
          this.#handshakes++;
          if (quic.handshake.resumed) this.#resumedHandshakes++;
          const connection = new QuicHttp3Connection(quic, limits, (error) => events.failed(error));
          connection.begin(events.connected(connection));
          return connection;
        },
        refused: (reason, from) => events.refused('handshakes', `${from.address}: ${reason}`),
        ended: ({ loss, handshake }, { by, code, reason }, wasEstablished) => {
          this.#packetsLost += loss.lost;
          if (wasEstablished) return;
          this.#failedHandshakes++;
          const isTls = by === 'us' && code >= transportCodes.crypto;
          const isUnproven = handshake.proof?.problem !== undefined;
          events.refused(isUnproven ? 'client-certificate' : isTls ? 'tls' : 'quic', reason);
        },
        failed: (error) => events.failed(error),
      },
    );
  }

  async listen(host: string, port: number): Promise<AddressInfo> {
    const socket = new UdpSocket(
      host,
      (datagram, from) => this.#endpoint.receive(datagram, from, this.#local),
      (error) => this.#parts.events.failed(error),
    );
    const bound = await socket.bind(host, port);
    this.#socket = socket;
    const { name, quic } = this.#parts;
    this.#strays = new DatagramExchange(
      `loom quic ${name} ${bound.port}`,
      { own: quic.worker, count: quic.workers },
      (datagram, from) => this.#endpoint.receive(datagram, from, this.#local),
    );
    this.#local = {
      address: bound.address,
      port: bound.port,
      family: bound.family === 'IPv6' ? 'IPv6' : 'IPv4',
    };
    return bound;
  }

  refuse(refusing: boolean): void {
    this.#endpoint.isRefusing = refusing;
  }

  destroy(): void {
    this.#endpoint.destroy();
    this.#strays?.close();
    this.#socket?.close();
    this.#socket = undefined;
  }

  stats(): Http3Stats {
    const { received, sent, dropped, retries, resets } = this.#endpoint.stats;
    let packetsLost = this.#packetsLost;
    for (const { loss } of this.#endpoint.connections) packetsLost += loss.lost;
    return {
      datagramsReceived: received,
      datagramsSent: sent,
      datagramsDropped: dropped,
      packetsLost,
      retries,
      statelessResets: resets,
      datagramsForwarded: this.#strays?.forwarded ?? 0,
      handshakes: this.#handshakes,
      failedHandshakes: this.#failedHandshakes,
      resumedHandshakes: this.#resumedHandshakes,
    };
  }

  /** The keys of tickets are those of TLS over TCP, put to another use. */
  #tickets(): Sealer {
    const { ticketKeys } = this.#parts;
    const { generation } = ticketKeys;
    if (this.#sealer?.generation !== generation) {
      const key = createHash('sha256').update('loom quic ticket').update(ticketKeys.current()).digest();
      this.#sealer = { generation, sealer: new Sealer(key, 'loom quic ticket') };
    }
    return this.#sealer.sealer;
  }
}

/** Of one listener: a reset that the one could be made to send must not end a connection of another (RFC 9000 section 21.11). */
const secretOf = (listener: string, shared: Uint8Array): Buffer =>
  createHash('sha256').update('loom quic listener').update(shared).update(listener).digest();
