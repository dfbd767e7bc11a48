import { ByteReader } from '../coding/reader.ts';
import { transportCodes, TransportError } from '../errors.ts';
import { levels, type Level } from '../levels.ts';
import { maxIdBytes } from '../packet/header.ts';
import { frameTypes as types } from './types.ts';

/** What a connection does with the frames of a client. May throw what ends it. */
export interface FrameSink {
  /** `ranges`: [from, to, …] from the highest down, both included; `delay` as it is on the wire. */
  ack(largest: number, delay: number, ranges: readonly number[]): void;
  crypto(offset: number, bytes: Buffer): void;
  stream(id: number, offset: number, bytes: Buffer, fin: boolean): void;
  resetStream(id: number, code: number, finalSize: number): void;
  stopSending(id: number, code: number): void;
  maxData(limit: number): void;
  maxStreamData(id: number, limit: number): void;
  maxStreams(isUni: boolean, limit: number): void;
  newConnectionId(sequence: number, retirePriorTo: number, id: Buffer, resetToken: Buffer): void;
  retireConnectionId(sequence: number): void;
  pathChallenge(data: Buffer): void;
  pathResponse(data: Buffer): void;
  closed(code: number, isApplication: boolean): void;
}

/** What the frames of a packet are together. */
export interface PacketContent {
  isEliciting: boolean;
  /** All of them are for probing a path (RFC 9000 section 9.1). */
  isProbing: boolean;
}

const malformed = (reason: string): TransportError =>
  new TransportError(transportCodes.frameEncoding, reason);
const violation = (reason: string): TransportError =>
  new TransportError(transportCodes.protocolViolation, reason);

/** RFC 9000 section 12.4, table 3: in Initial and Handshake packets. */
const ofHandshake = new Set<number>([
  types.padding,
  types.ping,
  types.ack,
  types.ackEcn,
  types.crypto,
  types.closeTransport,
]);
const notEliciting = new Set<number>([
  types.padding,
  types.ack,
  types.ackEcn,
  types.closeTransport,
  types.closeApplication,
]);
const ofProbing = new Set<number>([
  types.padding,
  types.newConnectionId,
  types.pathChallenge,
  types.pathResponse,
]);
const maxStreamCount = 2 ** 60;

/** The frames of one packet, each told to `sink` (RFC 9000 section 12.4). Throws for what no client may send. */
export function readFrames(level: Level, payload: Buffer, sink: FrameSink): PacketContent {
  const reader = new ByteReader(payload, malformed);
  if (reader.left === 0) throw violation('a packet without a frame');
  const content: PacketContent = { isEliciting: false, isProbing: true };
  while (reader.left > 0) {
    const type = payload[reader.at] as number;
    if (type === types.padding) {
      reader.at++;
      continue;
    }
    // All that are known have one byte; the same in more bytes is not allowed.
    if (type >= 0x40) throw unknownType(reader);
    reader.at++;
    if (level !== levels.application && !ofHandshake.has(type))
      throw violation(`frame ${type} in the handshake`);
    if (!notEliciting.has(type)) content.isEliciting = true;
    if (!ofProbing.has(type)) content.isProbing = false;
    readFrame(type, reader, sink);
  }
  return content;
}

const unknownType = (reader: ByteReader): TransportError =>
  reader.varint() <= types.handshakeDone
    ? violation('a long frame type')
    : malformed('an unknown frame type');

function readFrame(type: number, reader: ByteReader, sink: FrameSink): void {
  if ((type & 0xf8) === types.stream) return readStream(type, reader, sink);
  switch (type) {
    case types.ping:
      return;
    case types.ack:
    case types.ackEcn:
      return readAck(type, reader, sink);
    case types.resetStream:
      return sink.resetStream(reader.varint(), reader.anyVarint(), reader.varint());
    case types.stopSending:
      return sink.stopSending(reader.varint(), reader.anyVarint());
    case types.crypto:
      return sink.crypto(offsetOf(reader), reader.take(reader.varint()));
    case types.maxData:
      return sink.maxData(reader.anyVarint());
    case types.maxStreamData:
      return sink.maxStreamData(reader.varint(), reader.anyVarint());
    case types.maxStreamsBidi:
    case types.maxStreamsUni:
      return sink.maxStreams(type === types.maxStreamsUni, streamCount(reader));
    case types.dataBlocked:
      reader.anyVarint();
      return;
    case types.streamDataBlocked:
      reader.varint();
      reader.anyVarint();
      return;
    case types.streamsBlockedBidi:
    case types.streamsBlockedUni:
      streamCount(reader);
      return;
    case types.newConnectionId:
      return readNewConnectionId(reader, sink);
    case types.retireConnectionId:
      return sink.retireConnectionId(reader.varint());
    case types.pathChallenge:
      return sink.pathChallenge(reader.take(8));
    case types.pathResponse:
      return sink.pathResponse(reader.take(8));
    case types.closeTransport:
    case types.closeApplication:
      return readClose(type, reader, sink);
    // Only servers send NEW_TOKEN and HANDSHAKE_DONE.
    case types.newToken:
    case types.handshakeDone:
      throw violation(`frame ${type} from a client`);
    default:
      throw malformed(`unknown frame type ${type}`);
  }
}

function readStream(type: number, reader: ByteReader, sink: FrameSink): void {
  const id = reader.varint();
  const offset = type & 4 ? offsetOf(reader) : 0;
  const bytes = type & 2 ? reader.take(reader.varint()) : reader.rest();
  sink.stream(id, offset, bytes, (type & 1) !== 0);
}

/** An offset that with any length is still exact. */
function offsetOf(reader: ByteReader): number {
  const offset = reader.varint();
  if (offset > Number.MAX_SAFE_INTEGER - 65_536) throw malformed('an offset beyond all streams');
  return offset;
}

function streamCount(reader: ByteReader): number {
  const count = reader.varint();
  if (count > maxStreamCount) throw malformed('more streams than there can be');
  return count;
}

/** RFC 9000 section 19.3; counts of ECN are not used. */
function readAck(type: number, reader: ByteReader, sink: FrameSink): void {
  const largest = reader.varint();
  const delay = reader.anyVarint();
  let more = reader.varint();
  const ranges: number[] = [];
  let high = largest;
  for (;;) {
    const low = high - reader.varint();
    if (low < 0) throw malformed('an acknowledgement of numbers below 0');
    ranges.push(low, high);
    if (more-- === 0) break;
    high = low - reader.varint() - 2;
    if (high < 0) throw malformed('an acknowledgement of numbers below 0');
  }
  if (type === types.ackEcn) for (let i = 0; i < 3; i++) reader.anyVarint();
  sink.ack(largest, delay, ranges);
}

function readNewConnectionId(reader: ByteReader, sink: FrameSink): void {
  const sequence = reader.varint();
  const retirePriorTo = reader.varint();
  const length = reader.u8();
  if (length < 1 || length > maxIdBytes) throw malformed('a connection id of a wrong length');
  if (retirePriorTo > sequence) throw malformed('a connection id that retires itself');
  sink.newConnectionId(sequence, retirePriorTo, reader.take(length), reader.take(16));
}

function readClose(type: number, reader: ByteReader, sink: FrameSink): void {
  const code = reader.anyVarint();
  if (type === types.closeTransport) reader.varint();
  reader.take(reader.varint());
  sink.closed(code, type === types.closeApplication);
}
