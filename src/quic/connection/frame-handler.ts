import { transportCodes, TransportError } from '../errors.ts';
import type { FrameSink } from '../frames/read.ts';
import { levels, type Level } from '../levels.ts';
import type { Connection } from './connection.ts';
import type { ConnectionEnd } from './options.ts';
import type { Path } from './path.ts';

/** Bytes of a handshake that may wait behind a gap (RFC 9000 section 7.5). */
const maxCryptoAhead = 16_384;

/** What the frames of a packet do to a connection (RFC 9000 section 19). */
export class FrameHandler implements FrameSink {
  readonly #connection: Connection;
  readonly #drain: (end: ConnectionEnd) => void;
  #level: Level = levels.initial;
  #path: Path | undefined;
  #destination: Buffer = Buffer.alloc(0);
  #now = 0;

  constructor(connection: Connection, drain: (end: ConnectionEnd) => void) {
    this.#connection = connection;
    this.#drain = drain;
  }

  /** The frames that come now are of such a packet. */
  begin(level: Level, path: Path, destination: Buffer, now: number): void {
    this.#level = level;
    this.#path = path;
    this.#destination = destination;
    this.#now = now;
  }

  ack(largest: number, delay: number, ranges: readonly number[]): void {
    const { loss, client } = this.#connection;
    const milliseconds = (delay * 2 ** client.ackDelayExponent) / 1000;
    loss.onAck(this.#level, { largest, delay: milliseconds, ranges }, this.#now);
  }

  crypto(offset: number, bytes: Buffer): void {
    const { spaces, handshake } = this.#connection;
    const { cryptoIn } = spaces.all[this.#level];
    if (offset + bytes.length > cryptoIn.offset + maxCryptoAhead || !cryptoIn.insert(offset, bytes))
      throw new TransportError(transportCodes.cryptoBufferExceeded, 'too much of a handshake out of order');
    for (let next = cryptoIn.read(); next; next = cryptoIn.read()) handshake.receive(this.#level, next);
  }

  stream(id: number, offset: number, bytes: Buffer, fin: boolean): void {
    this.#connection.streams.receive(id, offset, bytes, fin);
  }

  resetStream(id: number, code: number, finalSize: number): void {
    this.#connection.streams.receiveReset(id, code, finalSize);
  }

  stopSending(id: number, code: number): void {
    this.#connection.streams.receiveStop(id, code);
  }

  maxData(limit: number): void {
    this.#connection.streams.raiseCredit(limit);
  }

  maxStreamData(id: number, limit: number): void {
    this.#connection.streams.receiveMaxStreamData(id, limit);
  }

  maxStreams(isUni: boolean, limit: number): void {
    this.#connection.streams.raiseOwnStreams(isUni, limit);
  }

  newConnectionId(sequence: number, retirePriorTo: number, id: Buffer, resetToken: Buffer): void {
    this.#connection.peerIds.add(sequence, retirePriorTo, id, resetToken);
  }

  retireConnectionId(sequence: number): void {
    const { ownIds, client } = this.#connection;
    ownIds.retire(sequence, this.#destination, client.activeIdLimit);
  }

  pathChallenge(data: Buffer): void {
    if (this.#path) this.#connection.migration.answerChallenge(this.#path, data);
  }

  pathResponse(data: Buffer): void {
    this.#connection.migration.receiveResponse(data);
  }

  closed(code: number, isApplication: boolean): void {
    this.#drain({ by: 'peer', code, isApplication, reason: 'closed by the client' });
  }
}
