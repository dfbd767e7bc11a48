import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClientVerifier } from '../../src/http/client-verifier.ts';

const day = 86_400_000;
const authority = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign';
const leaf = 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature';
const ofClients = `${leaf}\nextendedKeyUsage=clientAuth`;

describe('A chain of a client certificate', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'loom-chains-'));
  after(() => rmSync(folder, { recursive: true }));
  const openssl = (...words: string[]): Buffer =>
    execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  const pem = (name: string): string => readFileSync(join(folder, `${name}.crt`), 'utf8');
  const ec = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

  /** `by` signs it, or it itself. */
  function make(
    name: string,
    { by = name, extensions = ofClients, key = ec, digest = 'sha256', days = 5, subject = name } = {},
  ): void {
    writeFileSync(join(folder, `${name}.ext`), extensions);
    const fresh = ['-newkey', ...key, '-nodes', '-keyout', `${name}.key`];
    openssl('req', ...fresh, '-out', `${name}.csr`, '-subj', `/CN=${subject}`);
    const signer =
      by === name
        ? ['-signkey', `${name}.key`]
        : ['-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-CAcreateserial'];
    const rest = ['-days', `${days}`, `-${digest}`, '-extfile', `${name}.ext`, '-out', `${name}.crt`];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signer, ...rest);
  }

  before(() => {
    make('root', { extensions: authority });
    make('stranger', { extensions: authority });
    make('between', { by: 'root', extensions: authority });
    make('short', { by: 'root', extensions: authority.replace('TRUE', 'TRUE,pathlen:0') });
    make('below-short', { by: 'short', extensions: authority });
    make('named', { by: 'root', extensions: `${authority}\nnameConstraints=critical,permitted;DNS:a.test` });
    make('past', { extensions: authority, days: -1, subject: 'past' });
    make('direct', { by: 'root' });
    make('bare', { by: 'root', extensions: 'subjectAltName=DNS:bare.test' });
    make('deep', { by: 'between' });
    make('of-stranger', { by: 'stranger' });
    make('of-direct', { by: 'direct' });
    make('of-short', { by: 'short' });
    make('of-below-short', { by: 'below-short' });
    make('of-named', { by: 'named' });
    make('of-past', { by: 'past' });
    make('server', { by: 'root', extensions: `${leaf}\nextendedKeyUsage=serverAuth` });
    make('sealing', { by: 'root', extensions: 'keyUsage=critical,keyEncipherment' });
    make('strange', { by: 'root', extensions: `${ofClients}\n1.2.3.4=critical,ASN1:NULL` });
    make('old', { by: 'root', days: -1 });
    make('weak', { by: 'root', digest: 'sha1' });
    make('small', { by: 'root', key: ['rsa:1024'] });
    make('rsa', { by: 'root', key: ['rsa:2048'] });
  });

  const problem = (file: readonly string[], chain: readonly string[], at = Date.now()): string | undefined =>
    new ClientVerifier(file.map(pem).join(''), true).problem(
      chain.map((name) => new X509Certificate(pem(name))),
      at,
    );

  /** What OpenSSL says of it, with the rules of a TLS server. */
  function openSslBelieves(file: readonly string[], [client, ...others]: readonly string[]): boolean {
    writeFileSync(join(folder, 'ca'), file.map(pem).join(''));
    writeFileSync(join(folder, 'others'), others.map(pem).join(''));
    const rules = ['-purpose', 'sslclient', '-auth_level', '2', '-no-CApath', '-no-CAstore'];
    const untrusted = others.length > 0 ? ['-untrusted', 'others'] : [];
    const words = ['verify', ...rules, '-CAfile', 'ca', ...untrusted, `${client}.crt`];
    return spawnSync('openssl', words, { cwd: folder }).status === 0;
  }

  for (const [title, file, chain, expected] of [
    ['of one certificate', ['root'], ['direct'], undefined],
    ['that says nothing of its use', ['root'], ['bare'], undefined],
    ['with RSA', ['root'], ['rsa'], undefined],
    ['with another between', ['root'], ['deep', 'between'], undefined],
    ['with another between, which the file has', ['root', 'between'], ['deep'], undefined],
    ['with others that do not belong to it', ['root'], ['deep', 'stranger', 'between', 'root'], undefined],
    ['below an authority with that much room', ['root'], ['of-short', 'short'], undefined],
    ['of a second authority', ['stranger', 'root'], ['direct'], undefined],
    ['that lacks one between', ['root'], ['deep'], /no authority vouches/],
    ['whose root is only between', ['between'], ['deep'], /no authority vouches/],
    ['of a stranger', ['root'], ['of-stranger'], /no authority vouches/],
    ['of a stranger who brings the root', ['root'], ['of-stranger', 'stranger'], /no authority vouches/],
    ['signed by what is no authority', ['root'], ['of-direct', 'direct'], /no authority/],
    ['with more below than may be', ['root'], ['of-below-short', 'below-short', 'short'], /too many/],
    ['that is for servers', ['root'], ['server'], /not for clients/],
    ['with a key that signs nothing', ['root'], ['sealing'], /not for signatures/],
    ['with a critical extension that nobody knows', ['root'], ['strange'], /extension/],
    ['that has expired', ['root'], ['old'], /expired/],
    ['of an authority that has expired', ['past'], ['of-past'], /expired/],
    ['signed with SHA-1', ['root'], ['weak'], /no authority vouches/],
    ['with a key that is too short', ['root'], ['small'], /too short/],
  ] as const)
    it(`${expected ? 'is refused' : 'is believed'} ${title}, as OpenSSL does it`, () => {
      expect(openSslBelieves(file, chain), 'OpenSSL').to.equal(expected === undefined);
      if (expected) expect(problem(file, chain)).to.match(expected);
      else expect(problem(file, chain)).to.equal(undefined);
    });

  it('is refused below constraints of names, whatever they are', () =>
    expect(problem(['root'], ['of-named', 'named'])).to.match(/extension/));

  it('is refused before its time', () =>
    expect(problem(['root'], ['direct'], Date.now() - day)).to.match(/not valid yet/));

  it('is refused when it is longer than any', () =>
    expect(problem(['root'], ['direct', ...Array.from({ length: 8 }, () => 'between')])).to.match(
      /too long/,
    ));
});
