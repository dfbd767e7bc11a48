import { expect } from 'chai';
import { readLongHeader } from '../../../src/quic/packet/header.ts';
import { retry, retryTag, statelessReset, versionNegotiation } from '../../../src/quic/packet/unprotected.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

describe('packets of no connection', () => {
  it('makes the Retry of RFC 9001 appendix A.4 byte for byte', () => {
    const ids = {
      destination: Buffer.alloc(0),
      source: hex('f067a5502a4262b5'),
      original: hex('8394c8f03e515708'),
    };
    const packet = retry(ids, Buffer.from('token'), 0x0f);
    expect(packet.toString('hex')).to.equal(
      'ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba',
    );
    expect(retryTag(ids.original, packet.subarray(0, -16)).equals(packet.subarray(-16))).to.equal(true);
  });

  it('offers version 1 to who speaks another one, and turns the ids round', () => {
    const packet = versionNegotiation(hex('0102'), hex('030405'));
    const header = readLongHeader(packet, 0);
    expect(header?.version).to.equal(0);
    expect(header?.destination.toString('hex')).to.equal('030405');
    expect(header?.source.toString('hex')).to.equal('0102');
    expect(packet.readUInt32BE(packet.length - 8)).to.equal(1);
  });

  it('resets with a packet that is shorter than what it answers and ends with the token', () => {
    const token = Buffer.alloc(16, 9);
    for (const answered of [22, 30, 44, 1200]) {
      const packet = statelessReset(token, answered);
      expect(packet?.length).to.be.lessThan(answered).and.at.least(21).and.at.most(43);
      expect(packet?.subarray(-16).equals(token)).to.equal(true);
      expect((packet?.[0] ?? 0) & 0xc0).to.equal(0x40);
    }
    expect(statelessReset(token, 21)).to.equal(undefined);
  });
});
