import { expect } from 'chai';
import { expandPlain } from '../../../src/quic/crypto/hkdf.ts';
import { initialKeys } from '../../../src/quic/crypto/initial-keys.ts';
import { PacketKeys } from '../../../src/quic/crypto/packet-keys.ts';
import { aes128, chacha20 } from '../../../src/quic/crypto/suite.ts';
import { protect, unmask } from '../../../src/quic/packet/protection.ts';
import * as a from './rfc9001-vectors.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const original = hex('8394c8f03e515708');

/** A packet with that header, sealed. */
function sealed(keys: PacketKeys, header: Buffer, frames: Buffer, number: number): Buffer {
  const packet = Buffer.alloc(header.length + frames.length + 16);
  header.copy(packet);
  frames.copy(packet, header.length);
  const numberBytes = ((header[0] as number) & 3) + 1;
  const to = header.length + frames.length;
  const end = protect(keys, packet, number, 0, header.length - numberBytes, numberBytes, to);
  return packet.subarray(0, end);
}

/** Header and frames of a packet. */
function opened(
  keys: PacketKeys,
  packet: Buffer,
  numberAt: number,
  largest: number,
): (Buffer | number | undefined)[] {
  const copy = Buffer.from(packet);
  const bare = unmask(copy, 0, numberAt, copy.length, keys.mask, largest);
  if (!bare) return [];
  const header = copy.subarray(0, bare.bodyAt);
  return [header, keys.open(bare.number, header, copy.subarray(bare.bodyAt)), bare.number];
}

describe('protection of packets (RFC 9001)', () => {
  it('derives keys as appendix A.1 does', () => {
    const secret = hex('c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea');
    const labels = { 'quic key': 16, 'quic iv': 12, 'quic hp': 16 };
    const made = Object.entries(labels).map(([label, length]) =>
      expandPlain('sha256', secret, label, length).toString('hex'),
    );
    expect(made).to.deep.equal([
      '1f369613dd76d5467730efcbe3b1a22d',
      'fa044b2f42a3fd3b46fb255c',
      '9f50449e04a0e810283a1e9933adedd2',
    ]);
  });

  const padded = Buffer.concat([a.clientFrames, Buffer.alloc(917)]);
  const { client, server } = initialKeys(original);
  for (const { title, keys, header, frames, packet, number } of [
    {
      title: 'the Initial of the client (A.2)',
      keys: client,
      header: a.clientHeader,
      frames: padded,
      packet: a.clientPacket,
      number: 2,
    },
    {
      title: 'the Initial of the server (A.3)',
      keys: server,
      header: a.serverHeader,
      frames: a.serverFrames,
      packet: a.serverPacket,
      number: 1,
    },
  ]) {
    it(`seals ${title} byte for byte`, () => {
      expect(sealed(keys, header, frames, number).equals(packet)).to.equal(true);
    });

    it(`opens ${title} byte for byte`, () => {
      expect(opened(keys, packet, 18, 0)).to.deep.equal([header, frames, number]);
    });
  }

  const short = new PacketKeys(
    chacha20,
    hex('9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b'),
  );
  const shortPacket = hex('4cfe4189655e5cd55c41f69080575d7999c25a5bfb');

  it('seals and opens the short packet with ChaCha20 (A.5) byte for byte', () => {
    const [header, ping] = [hex('4200bff4'), hex('01')];
    expect(sealed(short, header, ping, 654_360_564).equals(shortPacket)).to.equal(true);
    expect(opened(short, shortPacket, 1, 654_360_563)).to.deep.equal([header, ping, 654_360_564]);
  });

  it('derives the secret of the next phase as A.5 does, and keeps the header protection', () => {
    const next = short.next();
    const ku = hex('1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9');
    const same = new PacketKeys(chacha20, ku, short.mask);
    const packet = sealed(next, hex('4200bff4'), hex('01'), 654_360_564);
    expect(packet.equals(sealed(same, hex('4200bff4'), hex('01'), 654_360_564))).to.equal(true);
    expect(packet.equals(shortPacket)).to.equal(false);
  });

  it('opens nothing in which one bit is another', () => {
    const keys = new PacketKeys(aes128, Buffer.alloc(32, 7));
    const packet = sealed(keys, hex('4000'), hex('0101010101'), 0);
    for (let bit = 0; bit < packet.length * 8; bit++) {
      const bad = Buffer.from(packet);
      bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
      const [, frames] = opened(keys, bad, 1, -1);
      expect(frames, `bit ${bit}`).to.equal(undefined);
    }
  });

  it('makes another nonce of every number, beyond 32 bits too', () => {
    const keys = new PacketKeys(aes128, Buffer.alloc(32, 7));
    const seen = new Set<string>();
    for (const number of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 33, 2 ** 52]) {
      const packet = Buffer.alloc(32);
      keys.seal(packet, number, 0, 1, 10);
      seen.add(packet.toString('hex'));
    }
    expect(seen.size).to.equal(8);
  });

  it('opens nothing that is shorter than a tag', () => {
    const keys = new PacketKeys(aes128, Buffer.alloc(32, 7));
    expect(keys.open(0, Buffer.alloc(0), Buffer.alloc(15))).to.equal(undefined);
    expect(unmask(Buffer.alloc(20), 0, 1, 20, keys.mask, -1)).to.equal(undefined);
  });
});
