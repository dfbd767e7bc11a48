import type { HandshakeOptions } from '../tls/server-handshake.ts';
import type { StreamLimits } from '../streams/stream-table.ts';
import type { Stream } from '../streams/stream.ts';
import type { Connection } from './connection.ts';
import type { UdpAddress } from './path.ts';

/** What holds for all connections of an endpoint. */
export interface ConnectionOptions {
  readonly handshake: HandshakeOptions;
  readonly streams: StreamLimits;
  /** Milliseconds without a packet after which a connection is forgotten. */
  readonly maxIdleMs: number;
  /** Milliseconds from the first packet until the handshake must be complete. */
  readonly handshakeTimeoutMs: number;
  /** Packets of one key; undefined: as many as the cipher allows. */
  readonly updateKeysAfter?: number;
}

/** What the first packet of a connection says of it. */
export interface ConnectionSeed {
  readonly remote: UdpAddress;
  readonly local: UdpAddress;
  /** Chosen by the client for its very first packet; and by us for a Retry, if there was one. */
  readonly originalDestination: Buffer;
  readonly retrySource: Buffer | undefined;
  /** Of the client. */
  readonly peerId: Buffer;
  /** A token has shown that the client is where it says. */
  readonly isAddressValidated: boolean;
}

/** Who uses a connection. */
export interface ConnectionListener {
  opened(stream: Stream): void;
  /** Called once, after `closed` of all streams. */
  closed(end: ConnectionEnd): void;
}

/** How a connection ended. */
export interface ConnectionEnd {
  readonly by: 'peer' | 'us' | 'timeout' | 'reset';
  /** Of the transport or of the application (RFC 9000 section 20). */
  readonly code: number;
  readonly isApplication: boolean;
  readonly reason: string;
}

/** What a connection needs of its endpoint. */
export interface ConnectionHost {
  /** Makes an id that leads to the connection. */
  issue(connection: Connection): { readonly id: Buffer; readonly resetToken: Buffer };
  /** It leads there no more. */
  retire(id: Buffer): void;
  /** A buffer of `maxDatagramBytes` that nobody else uses until it has left. */
  buffer(): Buffer;
  transmit(bytes: Buffer, to: UdpAddress): void;
  /** `flush` is to be called soon. */
  wake(connection: Connection): void;
  /** A token for the next connection from there (RFC 9000 section 8.1.3). */
  newToken(remote: UdpAddress): Buffer;
  /** The handshake is complete. */
  established(connection: Connection): ConnectionListener;
  /** It is over; its ids lead to it until `forget`. */
  ended(connection: Connection, end: ConnectionEnd): void;
  forget(connection: Connection): void;
  /** A failure of this program, not of the client. */
  failed(error: unknown): void;
}
