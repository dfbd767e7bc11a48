import type { AddressInfo } from 'node:net';
import type { ConnectionFacts } from '../connection-facts.ts';
import type { Peer } from '../exchange.ts';

/** HTTP/3 as the rest of Loom needs it: who implements it is exchanged in one place. Fields are [name, value, …], names in lower case. */
export interface Http3Engine {
  /** Binds UDP, in every worker alike. Rejects with a reason for people. */
  listen(host: string, port: number): Promise<AddressInfo>;
  /** No new connections, or some again. */
  refuse(refusing: boolean): void;
  /** Cuts all connections and gives the port back. */
  destroy(): void;
  stats(): Http3Stats;
}

/** Counted since the engine began. */
export interface Http3Stats {
  readonly datagramsReceived: number;
  readonly datagramsSent: number;
  /** That belonged to nothing. */
  readonly datagramsDropped: number;
  readonly packetsLost: number;
  readonly retries: number;
  readonly statelessResets: number;
  /** That were of a connection of another worker. */
  readonly datagramsForwarded: number;
  /** Connections whose handshake is complete, and those that failed before. */
  readonly handshakes: number;
  readonly failedHandshakes: number;
  /** Of those that are complete: with the ticket of a session before. */
  readonly resumedHandshakes: number;
}

export interface Http3Limits {
  /** Requests that a client may have at once. */
  readonly maxStreams: number;
  /** Of all fields of a head, each with 32 bytes more (RFC 9114 section 4.2.2). */
  readonly maxHeaderBytes: number;
  readonly handshakeTimeoutMs: number;
}

export type Http3Refusal = 'tls' | 'client-certificate' | 'quic' | 'handshakes';

/** Who uses an engine. */
export interface Http3EngineEvents {
  /** A client has connected. Undefined: there is no room for it. */
  connected(connection: Http3Connection): Http3ConnectionListener | undefined;
  /** A client was turned away before. */
  refused(reason: Http3Refusal, detail: string): void;
  /** A failure of this program. */
  failed(error: unknown): void;
}

export interface Http3Connection {
  /** Where the client is now: it may move. */
  readonly client: Peer;
  readonly local: Peer;
  readonly facts: ConnectionFacts;
  /** Requests from now on go elsewhere; those that there are end in their own time (RFC 9114 section 5.2). */
  goaway(): void;
  /** Keeps it from being forgotten while a request waits. */
  ping(): void;
  close(code: number, reason: string): void;
}

export interface Http3ConnectionListener {
  /** The head of a request has come. `isTooLarge`: not all fields were read. `ended`: nothing follows. */
  request(
    stream: Http3Stream,
    fields: readonly string[],
    isTooLarge: boolean,
    ended: boolean,
  ): Http3StreamListener;
  /** A client has broken a rule that ends the connection, or used it as a weapon. */
  broken(reason: string): void;
  closed(): void;
}

/** One request and its response (RFC 9114 section 4.1). */
export interface Http3Stream {
  readonly id: number;
  /** A head, an interim one too; with `end` nothing follows. */
  sendHead(fields: readonly string[], end: boolean): void;
  /** The bytes are not to be changed afterwards. @returns false to ask for a pause until `drained` */
  sendData(bytes: Buffer): boolean;
  /** The end, with these trailers if there are any. */
  end(trailers?: readonly string[]): void;
  /** Gives up what we send. */
  reset(code: number): void;
  /** Wants no more of what the client sends. */
  stop(code: number): void;
  /** After `data` has returned false: go on. */
  resume(): void;
  /** What waits for its turn. */
  readonly unsentBytes: number;
  /** All that was to be sent has left once. */
  readonly isSent: boolean;
}

export interface Http3StreamListener {
  /** Returns false to ask for a pause. The piece may be kept. */
  data(piece: Buffer): boolean;
  ended(trailers: readonly string[] | undefined): void;
  /** The client has given up what it sends, or it was malformed: no more of it comes. */
  reset(code: number): void;
  /** The client wants no more of the response. */
  stopped(code: number): void;
  drained(): void;
  /** Both sides are over, or the connection is. */
  closed(): void;
}
