import { ByteReader } from '../coding/reader.ts';
import { alerts, tlsError, TransportError, transportCodes } from '../errors.ts';

/** RFC 8446 section 4. */
export const messageTypes = {
  clientHello: 1,
  serverHello: 2,
  newSessionTicket: 4,
  encryptedExtensions: 8,
  certificate: 11,
  certificateRequest: 13,
  certificateVerify: 15,
  finished: 20,
} as const;

export const extensionTypes = {
  serverName: 0,
  supportedGroups: 10,
  signatureAlgorithms: 13,
  alpn: 16,
  preSharedKey: 41,
  earlyData: 42,
  supportedVersions: 43,
  pskModes: 45,
  signatureAlgorithmsCert: 50,
  keyShare: 51,
  quicParameters: 57,
} as const;

export const tls13 = 0x0304;

/** Reads a message of TLS: whatever is malformed is a decode_error. */
export const tlsReader = (bytes: Buffer): ByteReader =>
  new ByteReader(bytes, (reason) => tlsError(alerts.decodeError, reason));

export const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
export const vector8 = (...parts: Buffer[]): Buffer => withLength(1, parts);
export const vector16 = (...parts: Buffer[]): Buffer => withLength(2, parts);
export const vector24 = (...parts: Buffer[]): Buffer => withLength(3, parts);

function withLength(bytes: 1 | 2 | 3, parts: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(bytes);
  head.writeUIntBE(
    parts.reduce((sum, { length }) => sum + length, 0),
    0,
    bytes,
  );
  return Buffer.concat([head, ...parts]);
}

export const message = (type: number, ...body: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([type]), vector24(...body)]);

export const extension = (type: number, ...body: Buffer[]): Buffer =>
  Buffer.concat([uint16(type), vector16(...body)]);

const headBytes = 4;
/** Longer than any message of a client but that with a chain of many certificates. */
const maxMessageBytes = 16_384;

/** Cuts the bytes of one level into messages (RFC 9001 section 4.1.3). */
export class MessageCutter {
  #held: Buffer = Buffer.alloc(0);

  add(bytes: Buffer): void {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
  }

  /** The next whole message with its head, if there is one. */
  next(): Buffer | undefined {
    const held = this.#held;
    if (held.length < headBytes) return undefined;
    const length = headBytes + held.readUIntBE(1, 3);
    if (length > maxMessageBytes)
      throw new TransportError(transportCodes.cryptoBufferExceeded, 'a handshake message that is too long');
    if (held.length < length) return undefined;
    this.#held = held.subarray(length);
    return held.subarray(0, length);
  }

  /** Nothing may be left when the keys change (RFC 8446 section 5.1). */
  get isEmpty(): boolean {
    return this.#held.length === 0;
  }
}
