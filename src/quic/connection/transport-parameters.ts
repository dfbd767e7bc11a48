import { ByteReader } from '../coding/reader.ts';
import { varintLength } from '../coding/varint.ts';
import { ByteWriter } from '../coding/writer.ts';
import { transportCodes, TransportError } from '../errors.ts';
import { maxIdBytes } from '../packet/header.ts';

/** RFC 9000 section 18.2. */
const ids = {
  originalDestination: 0x00,
  maxIdleTimeout: 0x01,
  statelessResetToken: 0x02,
  maxUdpPayload: 0x03,
  maxData: 0x04,
  maxStreamDataBidiLocal: 0x05,
  maxStreamDataBidiRemote: 0x06,
  maxStreamDataUni: 0x07,
  maxStreamsBidi: 0x08,
  maxStreamsUni: 0x09,
  ackDelayExponent: 0x0a,
  maxAckDelay: 0x0b,
  disableActiveMigration: 0x0c,
  preferredAddress: 0x0d,
  activeIdLimit: 0x0e,
  initialSource: 0x0f,
  retrySource: 0x10,
} as const;

/** What the client says of itself; what it does not say has the values of the RFC. */
export interface ClientParameters {
  /** Milliseconds; 0: none. */
  maxIdleTimeout: number;
  maxUdpPayload: number;
  maxData: number;
  maxStreamDataBidiLocal: number;
  maxStreamDataUni: number;
  maxStreamsUni: number;
  ackDelayExponent: number;
  maxAckDelay: number;
  activeIdLimit: number;
  initialSource: Buffer | undefined;
}

export interface ServerParameters {
  readonly originalDestination: Buffer;
  readonly initialSource: Buffer;
  /** After a Retry. */
  readonly retrySource: Buffer | undefined;
  readonly statelessResetToken: Buffer;
  readonly maxIdleTimeout: number;
  readonly maxData: number;
  readonly maxStreamData: number;
  readonly maxStreamsBidi: number;
  readonly maxStreamsUni: number;
  readonly activeIdLimit: number;
}

const wrong = (reason: string): TransportError =>
  new TransportError(transportCodes.transportParameter, reason);

/** Only servers may send these. */
const ofServers = new Set<number>([
  ids.originalDestination,
  ids.statelessResetToken,
  ids.preferredAddress,
  ids.retrySource,
]);

/** Throws for what a client may not say (RFC 9000 section 18.2). */
export function readClientParameters(bytes: Buffer): ClientParameters {
  const found: ClientParameters = {
    maxIdleTimeout: 0,
    maxUdpPayload: 65_527,
    maxData: 0,
    maxStreamDataBidiLocal: 0,
    maxStreamDataUni: 0,
    maxStreamsUni: 0,
    ackDelayExponent: 3,
    maxAckDelay: 25,
    activeIdLimit: 2,
    initialSource: undefined,
  };
  const seen = new Set<number>();
  const reader = new ByteReader(bytes, wrong);
  while (reader.left > 0) {
    const id = reader.anyVarint();
    if (seen.has(id)) throw wrong(`parameter ${id} twice`);
    if (ofServers.has(id)) throw wrong(`parameter ${id} from a client`);
    seen.add(id);
    const value = reader.inner(reader.varint());
    take(found, id, value);
  }
  return found;
}

function take(found: ClientParameters, id: number, value: ByteReader): void {
  const integer = (least: number, most: number): number => {
    const number = value.anyVarint();
    value.finish();
    if (number < least || number > most) throw wrong(`parameter ${id} is ${number}`);
    return number;
  };
  switch (id) {
    case ids.maxIdleTimeout:
      found.maxIdleTimeout = integer(0, Infinity);
      return;
    case ids.maxUdpPayload:
      found.maxUdpPayload = integer(1200, Infinity);
      return;
    case ids.maxData:
      found.maxData = integer(0, Infinity);
      return;
    case ids.maxStreamDataBidiLocal:
      found.maxStreamDataBidiLocal = integer(0, Infinity);
      return;
    case ids.maxStreamDataUni:
      found.maxStreamDataUni = integer(0, Infinity);
      return;
    // What the server opens of both directions: nothing.
    case ids.maxStreamDataBidiRemote:
      integer(0, Infinity);
      return;
    case ids.maxStreamsBidi:
      integer(0, 2 ** 60);
      return;
    case ids.maxStreamsUni:
      found.maxStreamsUni = integer(0, 2 ** 60);
      return;
    case ids.ackDelayExponent:
      found.ackDelayExponent = integer(0, 20);
      return;
    case ids.maxAckDelay:
      found.maxAckDelay = integer(0, 2 ** 14 - 1);
      return;
    case ids.disableActiveMigration:
      value.finish();
      return;
    case ids.activeIdLimit:
      found.activeIdLimit = integer(2, Infinity);
      return;
    case ids.initialSource:
      found.initialSource = value.rest();
      if (found.initialSource.length > maxIdBytes) throw wrong('a connection id that is too long');
      return;
    // Others are of extensions, or there to see whether they are ignored.
    default:
  }
}

export function writeServerParameters(parameters: ServerParameters): Buffer {
  const writer = new ByteWriter(Buffer.alloc(256));
  const bytes = (id: number, value: Buffer): void => {
    writer.varint(id);
    writer.varint(value.length);
    writer.raw(value);
  };
  const integer = (id: number, value: number): void => {
    writer.varint(id);
    writer.varint(varintLength(value));
    writer.varint(value);
  };
  bytes(ids.originalDestination, parameters.originalDestination);
  bytes(ids.initialSource, parameters.initialSource);
  if (parameters.retrySource) bytes(ids.retrySource, parameters.retrySource);
  bytes(ids.statelessResetToken, parameters.statelessResetToken);
  integer(ids.maxIdleTimeout, parameters.maxIdleTimeout);
  integer(ids.maxData, parameters.maxData);
  integer(ids.maxStreamDataBidiRemote, parameters.maxStreamData);
  integer(ids.maxStreamDataUni, parameters.maxStreamData);
  integer(ids.maxStreamsBidi, parameters.maxStreamsBidi);
  integer(ids.maxStreamsUni, parameters.maxStreamsUni);
  integer(ids.activeIdLimit, parameters.activeIdLimit);
  return writer.bytes.subarray(0, writer.at);
}
