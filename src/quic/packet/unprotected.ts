import { createCipheriv, randomBytes, randomInt } from 'node:crypto';
import { tagBytes } from '../crypto/packet-keys.ts';
import { version1 } from './header.ts';

/** Packets that are not of a connection: they answer a datagram and are forgotten. */

/** A version that no one speaks, so that clients learn to skip those they do not know (RFC 9000 section 15). */
const greasedVersion = 0x1a2a_3a4a;

const idField = (id: Buffer): Buffer => Buffer.concat([Buffer.from([id.length]), id]);

/** RFC 9000 section 17.2.1: to a client that speaks another version. The ids are those of its packet. */
export function versionNegotiation(destination: Buffer, source: Buffer): Buffer {
  const head = Buffer.from([0x80 | randomInt(128), 0, 0, 0, 0]);
  const versions = Buffer.alloc(8);
  versions.writeUInt32BE(version1, 0);
  versions.writeUInt32BE(greasedVersion, 4);
  return Buffer.concat([head, idField(source), idField(destination), versions]);
}

/** RFC 9001 section 5.8; of version 1. */
const retryKey = Buffer.from('be0c690b9f66575a1d766b54e368c84e', 'hex');
const retryNonce = Buffer.from('461599d35d632bf2239825bb', 'hex');

/** Proves that who sends a Retry has seen the Initial packet that went to `originalDestination`. */
export function retryTag(originalDestination: Buffer, retryWithoutTag: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-gcm', retryKey, retryNonce);
  cipher.setAAD(Buffer.concat([idField(originalDestination), retryWithoutTag]));
  cipher.final();
  return cipher.getAuthTag();
}

/** RFC 9000 section 17.2.5: asks the client to come back with `token` to `source`, and so to prove its address. */
export function retry(
  ids: { readonly destination: Buffer; readonly source: Buffer; readonly original: Buffer },
  token: Buffer,
  unused = randomInt(16),
): Buffer {
  const head = Buffer.from([0xf0 | unused, 0, 0, 0, version1]);
  const packet = Buffer.concat([head, idField(ids.destination), idField(ids.source), token]);
  return Buffer.concat([packet, retryTag(ids.original, packet)]);
}

/** Least size of what looks like a packet of a connection (RFC 9000 section 10.3). */
const minStatelessReset = 5 + tagBytes;

/** RFC 9000 section 10.3: ends a connection that is not known any more. Shorter than what it answers, so that no two go on for ever. */
export function statelessReset(token: Buffer, answered: number): Buffer | undefined {
  const length = Math.min(answered - 1, 43);
  if (length < minStatelessReset) return undefined;
  const packet = randomBytes(length);
  packet[0] = 0x40 | ((packet[0] as number) & 0x3f);
  packet.set(token, length - tagBytes);
  return packet;
}
