import { expect } from 'chai';
import { readIdentity } from '../../../src/quic/tls/identity.ts';
import type { HandshakeOptions } from '../../../src/quic/tls/server-handshake.ts';
import { makeTlsPair } from '../../support/tls-pair.ts';
import { curveShare, hybridShare, TlsClient, x25519Share, type ClientShare } from './tls-client.ts';

const pair = makeTlsPair();
const identity = readIdentity(pair.cert, pair.key);
const options: HandshakeOptions = {
  identityFor: () => identity,
  protocols: ['h3'],
  tickets: () => undefined,
  clientVerifier: () => undefined,
};
const [hybrid, x25519, p256, p384, x448] = [0x11ec, 0x001d, 0x0017, 0x0018, 0x001e];
/** Of a group that the server does not have. */
const strange: ClientShare = { group: x448, bytes: Buffer.alloc(56), secret: () => Buffer.alloc(56) };

describe("The server's side of TLS 1.3 in QUIC", () => {
  for (const [name, share] of [
    ['X25519MLKEM768', hybridShare],
    ['X25519', x25519Share],
    ['P-256', curveShare(p256, 'P-256')],
    ['P-384', curveShare(p384, 'P-384')],
  ] as const)
    it(`agrees with a client by ${name}`, () => {
      const client = new TlsClient(options);
      const shares = [share()];
      const asked = client.hello([(shares[0] as ClientShare).group], shares);
      expect(asked).to.equal(undefined);
      client.finish(shares);
      expect(client.isComplete).to.equal(true);
    });

  it('takes the best of the shares that were sent, rather than ask for a better one', () => {
    const client = new TlsClient(options);
    const shares = [curveShare(p256, 'P-256')(), x25519Share()];
    expect(client.hello([hybrid, p256, x25519], shares)).to.equal(undefined);
    client.finish(shares.slice(1));
    expect(client.isComplete).to.equal(true);
  });

  for (const [title, groups, sent, asked, again] of [
    ['no share', [x25519, p256], [], x25519, x25519Share],
    ['no share, and knows the hybrid', [p256, hybrid], [], hybrid, hybridShare],
    ['a share of a group that is not accepted', [x448, p384], [strange], p384, curveShare(p384, 'P-384')],
  ] as const)
    it(`asks a client that sends ${title} for another one, and agrees by that`, () => {
      const client = new TlsClient(options);
      expect(client.hello(groups, sent)).to.equal(asked);
      const shares = [again()];
      expect(client.hello(groups, shares)).to.equal(undefined);
      client.finish(shares);
      expect(client.isComplete).to.equal(true);
    });

  for (const [title, groups, sent, offered] of [
    ['the same again', [x25519, p256], [], [0x1301]],
    ['another share than was asked for', [x25519, p256], [curveShare(p256, 'P-256')()], [0x1301]],
    ['other cipher suites', [x25519, p256], [x25519Share()], [0x1302]],
  ] as const)
    it(`ends with illegal_parameter who answers a HelloRetryRequest with ${title}`, () => {
      const client = new TlsClient(options);
      expect(client.hello([x25519, p256], [])).to.equal(x25519);
      expect(() => client.hello(groups, sent, [...offered]))
        .to.throw()
        .with.property('code', 0x100 + 47);
    });

  it('ends with handshake_failure who knows none of its groups', () =>
    expect(() => new TlsClient(options).hello([x448], [strange]))
      .to.throw()
      .with.property('code', 0x100 + 40));

  for (const [title, share] of [
    ['a hybrid share that is too short', { ...strange, group: hybrid, bytes: Buffer.alloc(1215) }],
    [
      'a hybrid share that is no key of ML-KEM',
      { ...strange, group: hybrid, bytes: Buffer.alloc(1216, 255) },
    ],
    ['a share of X25519 that gives the secret away', { ...strange, group: x25519, bytes: Buffer.alloc(32) }],
    ['a point that is not on the curve', { ...strange, group: p256, bytes: Buffer.alloc(65, 4) }],
  ] as const)
    it(`ends with illegal_parameter who sends ${title}`, () =>
      expect(() => new TlsClient(options).hello([share.group], [share]))
        .to.throw()
        .with.property('code', 0x100 + 47));
});
