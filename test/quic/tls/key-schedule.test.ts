import { createPrivateKey } from 'node:crypto';
import { expect } from 'chai';
import { aes128 } from '../../../src/quic/crypto/suite.ts';
import { finishedMac, KeySchedule, resumptionPsk, Transcript } from '../../../src/quic/tls/key-schedule.ts';
import { x25519Secret } from '../../../src/quic/tls/key-share.ts';
import { finished, serverHello } from '../../../src/quic/tls/server-messages.ts';
import * as rfc8448 from './rfc8448-vectors.ts';

const { secrets } = rfc8448;
const finishedBytes = 36;

describe('the secrets of TLS 1.3 (RFC 8448 section 3)', () => {
  it('agrees on the secret of the trace', () => {
    const raw = Buffer.from(secrets.serverPrivateKey, 'hex');
    const key = createPrivateKey({ key: raw, asymmetricKeyType: 'x25519', format: 'raw-private' });
    const at = rfc8448.clientHello.indexOf('99381de5', 'hex');
    expect(x25519Secret(key, rfc8448.clientHello.subarray(at, at + 32)).toString('hex')).to.equal(
      secrets.shared,
    );
  });

  it('says the ServerHello of the trace byte for byte', () => {
    const random = rfc8448.serverHello.subarray(6, 38);
    const at = rfc8448.serverHello.indexOf('c9828876', 'hex');
    const bytes = rfc8448.serverHello.subarray(at, at + 32);
    expect(serverHello(random, aes128, { group: 0x1d, bytes }).equals(rfc8448.serverHello)).to.equal(true);
  });

  it('derives every secret of the trace, its Finished of both sides and the PSK of its ticket', () => {
    const transcript = new Transcript(aes128);
    transcript.add(rfc8448.clientHello);
    transcript.add(rfc8448.serverHello);
    const schedule = new KeySchedule(aes128);
    schedule.toHandshake(Buffer.from(secrets.shared, 'hex'));
    const hellos = transcript.digest();
    const client = schedule.derive('c hs traffic', hellos);
    const server = schedule.derive('s hs traffic', hellos);
    transcript.add(rfc8448.serverFlight.subarray(0, -finishedBytes));
    const serverFinished = finished(finishedMac(aes128, server, transcript.digest()));
    transcript.add(serverFinished);
    schedule.toMaster();
    const all = transcript.digest();
    const clientMac = finishedMac(aes128, client, all);
    transcript.add(finished(clientMac));
    const resumption = schedule.derive('res master', transcript.digest());
    const found = {
      clientHandshake: client,
      serverHandshake: server,
      clientApplication: schedule.derive('c ap traffic', all),
      serverApplication: schedule.derive('s ap traffic', all),
      clientFinished: clientMac,
      resumptionMaster: resumption,
      resumptionPsk: resumptionPsk(aes128, resumption, Buffer.alloc(2)),
    };
    for (const [name, secret] of Object.entries(found))
      expect(secret.toString('hex'), name).to.equal(secrets[name as keyof typeof secrets]);
    expect(serverFinished.equals(rfc8448.serverFlight.subarray(-finishedBytes))).to.equal(true);
  });
});
