import { varintLength, writeVarint } from '../../quic/coding/varint.ts';

/** RFC 9114 section 7.2. */
export const h3FrameTypes = {
  data: 0x00,
  headers: 0x01,
  cancelPush: 0x03,
  settings: 0x04,
  pushPromise: 0x05,
  goaway: 0x07,
  maxPushId: 0x0d,
} as const;

/** Of frames of HTTP/2 that HTTP/3 does not have: not to be taken for unknown ones (section 7.2.8). */
const ofHttp2 = new Set([0x02, 0x06, 0x08, 0x09]);
/** On request streams (section 7, table 1). */
const notOfRequests = new Set<number>([
  h3FrameTypes.cancelPush,
  h3FrameTypes.settings,
  h3FrameTypes.pushPromise,
  h3FrameTypes.goaway,
  h3FrameTypes.maxPushId,
]);

export const isForbiddenInRequests = (type: number): boolean => ofHttp2.has(type) || notOfRequests.has(type);
export const isOfHttp2 = (type: number): boolean => ofHttp2.has(type);

/** Streams of one direction (section 6.2, RFC 9204 section 4.2). */
export const h3StreamTypes = { control: 0x00, push: 0x01, qpackEncoder: 0x02, qpackDecoder: 0x03 } as const;

/** RFC 9114 section 7.2.4.1, RFC 9204 section 5, RFC 9220 section 3. */
export const h3Settings = {
  qpackMaxTableCapacity: 0x01,
  maxFieldSectionSize: 0x06,
  qpackBlockedStreams: 0x07,
  enableConnectProtocol: 0x08,
} as const;

/** Type and length of a frame. */
export function frameHead(type: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(varintLength(type) + varintLength(length));
  writeVarint(head, writeVarint(head, 0, type), length);
  return head;
}

export const frame = (type: number, payload: Buffer): Buffer =>
  Buffer.concat([frameHead(type, payload.length), payload]);

export function varints(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.reduce((sum, value) => sum + varintLength(value), 0));
  let at = 0;
  for (const value of values) at = writeVarint(bytes, at, value);
  return bytes;
}

/** A variable-length integer at `at`, or undefined where it is not whole. */
export function peekVarint(
  bytes: Buffer,
  at: number,
): { readonly value: number; readonly next: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  const next = at + (1 << (first >> 6));
  if (next > bytes.length) return undefined;
  let value = first & 0x3f;
  for (let i = at + 1; i < next; i++) value = value * 256 + (bytes[i] as number);
  return { value, next };
}
