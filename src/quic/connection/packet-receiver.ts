import { transportCodes, TransportError } from '../errors.ts';
import { levels, type Level } from '../levels.ts';
import { longTypes, readLongHeader, version1 } from '../packet/header.ts';
import { unmask } from '../packet/protection.ts';
import type { Spaces } from './packet-space.ts';

/** A packet whose protection was removed. */
interface OpenedPacket {
  readonly level: Level;
  readonly number: number;
  /** The id that it was sent to. */
  readonly destination: Buffer;
  readonly frames: Buffer;
}

/** What one packet of a datagram was. */
type Outcome =
  | { readonly packet: OpenedPacket; readonly end: number }
  /** Not to be read with the keys that there are; `isEarly`: perhaps later. */
  | { readonly packet: undefined; readonly end: number; readonly isEarly: boolean };

const reservedBits = { long: 0x0c, short: 0x18 } as const;

/** Reads the packet at `start` of a datagram (RFC 9000 section 12.2, RFC 9001 section 5). `idBytes`: how long our ids are. */
export function openPacket(
  spaces: Spaces,
  datagram: Buffer,
  start: number,
  idBytes: number,
  now: number,
  probeTimeout: number,
): Outcome {
  const first = datagram[start] as number;
  const skip = (end: number, isEarly = false): Outcome => ({ packet: undefined, end, isEarly });
  // Every packet of version 1 has this bit; what has not may be of another protocol.
  if ((first & 0x40) === 0) return skip(datagram.length);
  if ((first & 0x80) === 0) return openShort(spaces, datagram, start, idBytes, now, probeTimeout);
  const header = readLongHeader(datagram, start);
  if (!header || header.version !== version1) return skip(datagram.length);
  const { type, numberAt, end, destination } = header;
  if (type !== longTypes.initial && type !== longTypes.handshake) return skip(end);
  const level = type === longTypes.initial ? levels.initial : levels.handshake;
  const space = spaces.all[level];
  if (!space.read) return skip(end);
  const bare = unmask(datagram, start, numberAt, end, space.read.mask, space.received.largest);
  if (!bare) return skip(end);
  const frames = space.read.open(
    bare.number,
    datagram.subarray(start, bare.bodyAt),
    datagram.subarray(bare.bodyAt, end),
  );
  if (!frames) return skip(end);
  checkReserved(bare.first, reservedBits.long);
  return { packet: { level, number: bare.number, destination, frames }, end };
}

function openShort(
  { all, application: keys, isApplicationReadable }: Spaces,
  datagram: Buffer,
  start: number,
  idBytes: number,
  now: number,
  probeTimeout: number,
): Outcome {
  const end = datagram.length;
  const level = levels.application;
  const space = all[level];
  if (!keys || !isApplicationReadable) return { packet: undefined, end, isEarly: true };
  const numberAt = start + 1 + idBytes;
  const bare = unmask(datagram, start, numberAt, end, keys.mask, space.received.largest);
  if (!bare) return { packet: undefined, end, isEarly: false };
  const frames = keys.open(
    bare.number,
    (bare.first >> 2) & 1,
    datagram.subarray(start, bare.bodyAt),
    datagram.subarray(bare.bodyAt, end),
    now,
    probeTimeout,
  );
  if (!frames) return { packet: undefined, end, isEarly: false };
  checkReserved(bare.first, reservedBits.short);
  const destination = datagram.subarray(start + 1, numberAt);
  return { packet: { level, number: bare.number, destination, frames }, end };
}

function checkReserved(first: number, bits: number): void {
  if ((first & bits) !== 0)
    throw new TransportError(transportCodes.protocolViolation, 'reserved bits that are set');
}
