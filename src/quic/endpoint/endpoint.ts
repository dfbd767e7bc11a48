import { Connection } from '../connection/connection.ts';
import { maxDatagramBytes } from '../connection/datagram-builder.ts';
import type {
  ConnectionEnd,
  ConnectionHost,
  ConnectionListener,
  ConnectionOptions,
} from '../connection/options.ts';
import type { UdpAddress } from '../connection/path.ts';
import {
  longTypes,
  minInitialDatagram,
  readLongHeader,
  version1,
  type LongHeader,
} from '../packet/header.ts';
import { retry, statelessReset, versionNegotiation } from '../packet/unprotected.ts';
import { LiveSet } from '../../structures/live-set.ts';
import { HandshakeCensus, type HandshakeLimits } from './handshake-census.ts';
import { idBytes, keyOf, makeId, workerOf } from './ids.ts';
import { RateLimit } from './rate-limit.ts';
import { AddressTokens, resetTokenOf } from './tokens.ts';

/** Datagrams that wait in the kernel use their buffers; it is asked for more than that only when it is full. */
const buffers = 256;
/** Answers a second to what belongs to no connection: nobody should be able to make us send for them. */
const answersPerSecond = 1000;

export interface EndpointOptions extends ConnectionOptions, HandshakeLimits {
  /** The number of this worker: the first byte of all of its ids. */
  readonly worker: number;
  /** The same in all workers, 32 bytes: tokens and resets are made of it. */
  readonly secret: Buffer;
}

/** Where the endpoint is. */
export interface EndpointParts {
  send(bytes: Buffer, to: UdpAddress): void;
  /** The datagram is for a connection of another worker. @returns false when there is no such worker */
  forward(worker: number, datagram: Buffer, from: UdpAddress): boolean;
  accept(connection: Connection): ConnectionListener;
  /** Why a client was turned away before it had a connection. */
  refused(reason: 'handshakes' | 'address', from: UdpAddress): void;
  ended(connection: Connection, end: ConnectionEnd, wasEstablished: boolean): void;
  failed(error: unknown): void;
}

/** What an endpoint has seen, for the metrics. */
export interface EndpointStats {
  received: number;
  sent: number;
  /** That were of no connection and no beginning of one. */
  dropped: number;
  retries: number;
  resets: number;
}

/** Many connections on one UDP socket (RFC 9000 section 5.2). It is told of datagrams, and sends some. */
export class Endpoint {
  readonly stats: EndpointStats = { received: 0, sent: 0, dropped: 0, retries: 0, resets: 0 };
  readonly #options: EndpointOptions;
  readonly #parts: EndpointParts;
  readonly #tokens: AddressTokens;
  readonly #byId = new Map<string, Connection>();
  /** By the id that the client has chosen, until its handshake is over. */
  readonly #handshakes = new WeakMap<Connection, { readonly id: string; readonly address: string }>();
  readonly #established = new LiveSet<Connection>();
  readonly #census: HandshakeCensus;
  readonly #answers = new RateLimit(answersPerSecond);
  readonly #buffers: Buffer[] = [];
  #nextBuffer = 0;
  #awake: Connection[] = [];
  /** No new connections. */
  isRefusing = false;
  readonly #flush = (): void => {
    const awake = this.#awake;
    this.#awake = [];
    const now = performance.now();
    for (const connection of awake) {
      connection.isAwake = false;
      connection.flush(now);
    }
  };

  constructor(options: EndpointOptions, parts: EndpointParts) {
    this.#options = options;
    this.#parts = parts;
    this.#tokens = new AddressTokens(options.secret);
    this.#census = new HandshakeCensus(options);
  }

  /** Connections with a complete handshake. */
  get connections(): readonly Connection[] {
    return this.#established.values();
  }

  /** A datagram has come. It may be overwritten here, and not afterwards. */
  receive(datagram: Buffer, from: UdpAddress, local: UdpAddress): void {
    this.stats.received++;
    const first = datagram[0];
    if (first === undefined) return;
    const header = (first & 0x80) === 0 ? undefined : readLongHeader(datagram, 0);
    const id = header ? header.destination : datagram.subarray(1, 1 + idBytes);
    const connection = this.#byId.get(keyOf(id));
    if (connection) connection.receive(datagram, from, performance.now());
    else if (this.#isElsewhere(id, header) && this.#parts.forward(workerOf(id), datagram, from)) return;
    else if (header) this.#greet(header, datagram, from, local);
    else if ((first & 0x80) === 0) this.#reset(id, datagram, from);
    else this.stats.dropped++;
  }

  /** Ends all that there are, at once. */
  destroy(): void {
    this.isRefusing = true;
    for (const connection of new Set(this.#byId.values())) connection.destroy();
  }

  /** Clients choose the id of their first Initial packets as they like. */
  #isElsewhere(id: Buffer, header: LongHeader | undefined): boolean {
    return (
      id.length === idBytes && workerOf(id) !== this.#options.worker && header?.type !== longTypes.initial
    );
  }

  /** A packet with a long header for no connection that is known (RFC 9000 section 5.2.2). */
  #greet(header: LongHeader, datagram: Buffer, from: UdpAddress, local: UdpAddress): void {
    if (datagram.length < minInitialDatagram || this.isRefusing) return this.#drop();
    const { version, type, destination, source } = header;
    if (version !== version1) {
      if (version !== 0 && this.#answers.take(performance.now()))
        this.#send(versionNegotiation(destination, source), from);
      return;
    }
    if (type !== longTypes.initial || destination.length < 8) return this.#drop();
    const facts = header.token.length > 0 ? this.#tokens.open(header.token, from, Date.now()) : undefined;
    const retried = facts?.retry;
    // A Retry answers one id, and is answered at the one that it gave.
    if (retried && !retried.source.equals(destination)) return this.#drop();
    const verdict = this.#census.judge(from.address, facts !== undefined);
    if (verdict === 'retry') return this.#retry(header, from);
    if (verdict !== 'accept') return this.#parts.refused(verdict, from);
    const connection = new Connection(
      {
        remote: from,
        local,
        originalDestination: Buffer.from(retried ? retried.originalDestination : destination),
        retrySource: retried && Buffer.from(retried.source),
        peerId: source,
        isAddressValidated: facts !== undefined,
      },
      this.#options,
      this.#host,
      performance.now(),
    );
    const key = keyOf(destination);
    this.#byId.set(key, connection);
    this.#handshakes.set(connection, { id: key, address: from.address });
    this.#census.begin(from.address);
    connection.receive(datagram, from, performance.now());
  }

  #retry({ destination, source }: LongHeader, from: UdpAddress): void {
    if (!this.#answers.take(performance.now())) return;
    this.stats.retries++;
    const id = makeId(this.#options.worker);
    const token = this.#tokens.forRetry(from, destination, id, Date.now());
    this.#send(retry({ destination: source, source: id, original: destination }, token), from);
  }

  #reset(id: Buffer, datagram: Buffer, from: UdpAddress): void {
    if (id.length < idBytes) return this.#drop();
    const packet = statelessReset(resetTokenOf(this.#options.secret, id), datagram.length);
    if (!packet || !this.#answers.take(performance.now())) return this.#drop();
    this.stats.resets++;
    this.#send(packet, from);
  }

  #drop(): void {
    this.stats.dropped++;
  }

  #send(bytes: Buffer, to: UdpAddress): void {
    this.stats.sent++;
    this.#parts.send(bytes, to);
  }

  readonly #host: ConnectionHost = {
    issue: (connection) => {
      const id = makeId(this.#options.worker);
      this.#byId.set(keyOf(id), connection);
      return { id, resetToken: resetTokenOf(this.#options.secret, id) };
    },
    retire: (id) => void this.#byId.delete(keyOf(id)),
    buffer: () => {
      const at = this.#nextBuffer++ % buffers;
      return (this.#buffers[at] ??= Buffer.allocUnsafeSlow(maxDatagramBytes));
    },
    transmit: (bytes, to) => this.#send(bytes, to),
    wake: (connection) => {
      if (connection.isAwake) return;
      connection.isAwake = true;
      if (this.#awake.length === 0) setImmediate(this.#flush);
      this.#awake.push(connection);
    },
    newToken: (remote) => this.#tokens.forNext(remote, Date.now()),
    established: (connection) => {
      this.#endHandshake(connection);
      this.#established.add(connection);
      return this.#parts.accept(connection);
    },
    ended: (connection, end) => {
      this.#parts.ended(connection, end, this.#established.delete(connection));
    },
    forget: (connection) => this.#endHandshake(connection),
    failed: (error) => this.#parts.failed(error),
  };

  #endHandshake(connection: Connection): void {
    const begun = this.#handshakes.get(connection);
    if (!begun) return;
    this.#handshakes.delete(connection);
    this.#byId.delete(begun.id);
    this.#census.end(begun.address);
  }
}
