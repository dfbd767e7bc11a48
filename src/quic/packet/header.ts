/** Packets as they are before their protection is removed (RFC 9000 section 17). */

export const version1 = 0x0000_0001;
/** Least size of a datagram with an Initial packet (RFC 9000 section 14.1). */
export const minInitialDatagram = 1200;
/** Longest connection id of version 1. */
export const maxIdBytes = 20;

export const longTypes = { initial: 0, zeroRtt: 1, handshake: 2, retry: 3 } as const;

export interface LongHeader {
  readonly version: number;
  /** One of `longTypes`; of another version it means nothing. */
  readonly type: number;
  readonly destination: Buffer;
  readonly source: Buffer;
  /** Of Initial packets. */
  readonly token: Buffer;
  /** Where the packet number begins. */
  readonly numberAt: number;
  /** Where the packet ends; others may follow in the datagram. */
  readonly end: number;
}

const nothing: Buffer = Buffer.alloc(0);

/** The long header at `start` (RFC 9000 section 17.2, RFC 8999 section 5.1); undefined where it is not whole. */
export function readLongHeader(datagram: Buffer, start: number): LongHeader | undefined {
  let at = start + 1;
  if (at + 5 > datagram.length) return undefined;
  const version = datagram.readUInt32BE(at);
  at += 4;
  const readId = (): Buffer | undefined => {
    const length = datagram[at] ?? 0;
    const id = datagram.subarray(at + 1, at + 1 + length);
    at += 1 + length;
    return at <= datagram.length ? id : undefined;
  };
  const destination = readId();
  if (!destination) return undefined;
  const source = at < datagram.length ? readId() : undefined;
  if (!source) return undefined;
  const type = ((datagram[start] as number) >> 4) & 3;
  const head = { version, type, destination, source };
  if (version !== version1 || type === longTypes.retry)
    return { ...head, token: nothing, numberAt: at, end: datagram.length };
  let token: Buffer = nothing;
  if (type === longTypes.initial) {
    const length = readLength(datagram, at);
    if (!length) return undefined;
    at += length.size;
    if (length.value > datagram.length - at) return undefined;
    token = datagram.subarray(at, at + length.value);
    at += length.value;
  }
  const length = readLength(datagram, at);
  if (!length) return undefined;
  at += length.size;
  if (length.value > datagram.length - at) return undefined;
  return { ...head, token, numberAt: at, end: at + length.value };
}

function readLength(
  bytes: Buffer,
  at: number,
): { readonly value: number; readonly size: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  const size = 1 << (first >> 6);
  if (at + size > bytes.length || size === 8) return undefined;
  let value = first & 0x3f;
  for (let i = 1; i < size; i++) value = value * 256 + (bytes[at + i] as number);
  return { value, size };
}
