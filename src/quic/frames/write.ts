import { varintLength } from '../coding/varint.ts';
import type { ByteWriter } from '../coding/writer.ts';
import type { RangeSet } from '../coding/range-set.ts';
import { frameTypes as types } from './types.ts';

/** Most bytes of an ACK frame before its ranges, and of one range. */
const ackHeadBytes = 1 + 8 + 8 + 8 + 8;
const ackRangeBytes = 16;

/** RFC 9000 section 19.3: the highest ranges for which there is room. `delay` as it is on the wire. @returns false without room for one */
export function writeAck(writer: ByteWriter, { flat, count }: RangeSet, delay: number): boolean {
  if (count === 0 || writer.left < ackHeadBytes) return false;
  const ranges = Math.min(count, 1 + Math.floor((writer.left - ackHeadBytes) / ackRangeBytes));
  const last = flat.length - 2;
  const largest = (flat[last + 1] as number) - 1;
  writer.u8(types.ack);
  writer.varint(largest);
  writer.varint(delay);
  writer.varint(ranges - 1);
  writer.varint(largest - (flat[last] as number));
  for (let i = last - 2, n = 1; n < ranges; i -= 2, n++) {
    writer.varint((flat[i + 2] as number) - (flat[i + 1] as number) - 1);
    writer.varint((flat[i + 1] as number) - 1 - (flat[i] as number));
  }
  return true;
}

export const cryptoHeadBytes = (offset: number): number => 1 + varintLength(offset) + 2;

/** What stands before the `length` bytes of a CRYPTO frame. */
export function writeCryptoHead(writer: ByteWriter, offset: number, length: number): void {
  writer.u8(types.crypto);
  writer.varint(offset);
  writer.varint2At(writer.at, length);
  writer.at += 2;
}

export const streamHeadBytes = (id: number, offset: number): number =>
  1 + varintLength(id) + varintLength(offset) + 2;

/** What stands before the `length` bytes of a STREAM frame. */
export function writeStreamHead(
  writer: ByteWriter,
  id: number,
  offset: number,
  length: number,
  fin: boolean,
): void {
  writer.u8(types.stream | 4 | 2 | (fin ? 1 : 0));
  writer.varint(id);
  writer.varint(offset);
  writer.varint2At(writer.at, length);
  writer.at += 2;
}

/** RFC 9000 section 19.19, without a reason: it would tell a client about this server. */
export function writeClose(writer: ByteWriter, code: number, isApplication: boolean): void {
  writer.u8(isApplication ? types.closeApplication : types.closeTransport);
  writer.varint(code);
  // Type of the frame that was wrong: not told.
  if (!isApplication) writer.varint(0);
  writer.varint(0);
}

/** A frame of nothing but integers, such as MAX_DATA. */
export function integersFrame(type: number, ...values: number[]): (writer: ByteWriter) => void {
  return (writer) => {
    writer.u8(type);
    for (const value of values) writer.varint(value);
  };
}

/** RFC 9000 section 19.7, and how many bytes it has at most. */
export const newTokenFrame = (
  token: Buffer,
): [write: (writer: ByteWriter) => void, options: { readonly bytes: number }] => [
  (writer) => {
    writer.u8(types.newToken);
    writer.varint(token.length);
    writer.raw(token);
  },
  { bytes: token.length + 4 },
];
