import type { CipherSuite } from '../crypto/suite.ts';
import {
  extension,
  extensionTypes,
  message,
  messageTypes,
  tls13,
  uint16,
  vector16,
  vector24,
  vector8,
} from './messages.ts';

/** What a server says (RFC 8446 section 4): each a whole message with its head. */

/** A ServerHello with this in the place of its random is a HelloRetryRequest: SHA-256 of that word. */
const retryRandom = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');
const legacyVersion = uint16(0x0303);
const noBytes = Buffer.alloc(0);

const hello = (random: Buffer, suite: CipherSuite, extensions: readonly Buffer[]): Buffer =>
  message(
    messageTypes.serverHello,
    legacyVersion,
    random,
    vector8(noBytes),
    uint16(suite.id),
    Buffer.from([0]),
    vector16(...extensions),
  );

const versionExtension = extension(extensionTypes.supportedVersions, uint16(tls13));

export function serverHello(
  random: Buffer,
  suite: CipherSuite,
  share: { readonly group: number; readonly bytes: Buffer },
  resumesFirstPsk = false,
): Buffer {
  const key = extension(extensionTypes.keyShare, uint16(share.group), vector16(share.bytes));
  const psk = resumesFirstPsk ? [extension(extensionTypes.preSharedKey, uint16(0))] : [];
  return hello(random, suite, [key, versionExtension, ...psk]);
}

/** Asks for a key share of that group (RFC 8446 section 4.1.4). */
export const helloRetryRequest = (suite: CipherSuite, group: number): Buffer =>
  hello(retryRandom, suite, [extension(extensionTypes.keyShare, uint16(group)), versionExtension]);

export const encryptedExtensions = (protocol: string, quicParameters: Buffer): Buffer =>
  message(
    messageTypes.encryptedExtensions,
    vector16(
      extension(extensionTypes.alpn, vector16(vector8(Buffer.from(protocol, 'latin1')))),
      extension(extensionTypes.quicParameters, quicParameters),
    ),
  );

export const certificate = (chain: readonly Buffer[]): Buffer =>
  message(
    messageTypes.certificate,
    vector8(noBytes),
    vector24(...chain.flatMap((der) => [vector24(der), vector16(noBytes)])),
  );

export const certificateVerify = (scheme: number, signature: Buffer): Buffer =>
  message(messageTypes.certificateVerify, uint16(scheme), vector16(signature));

export const finished = (mac: Buffer): Buffer => message(messageTypes.finished, mac);

/** RFC 8446 section 4.6.1; without early data. */
export function newSessionTicket(
  lifetimeSeconds: number,
  ageAdd: number,
  nonce: Buffer,
  ticket: Buffer,
): Buffer {
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(lifetimeSeconds, 0);
  numbers.writeUInt32BE(ageAdd, 4);
  return message(messageTypes.newSessionTicket, numbers, vector8(nonce), vector16(ticket), vector16(noBytes));
}
