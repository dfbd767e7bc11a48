import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import { expect } from 'chai';
import { CertificateStore } from '../../src/http/certificates.ts';
import type { Certificate } from '../../src/model/model.ts';
import { answer, Opened } from './world.ts';

function makeCertificate(dir: string, id: string, hosts: readonly string[]): Certificate {
  const file = (name: string): string => join(dir, `${id}.${name}`);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('key')];
  execFileSync('openssl', ['req', '-x509', ...key, '-out', file('crt'), '-days', '2', '-subj', `/CN=${id}`], {
    stdio: 'ignore',
  });
  return { id, hosts, cert: readFileSync(file('crt'), 'utf8'), key: readFileSync(file('key'), 'utf8') };
}

/** The common name that a server shows to a client who asks for `servername`, or the code of the failure. */
function shown(port: number, servername: string, more: ConnectionOptions = {}): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false, ...more }, () => {
    resolve(String(socket.getPeerCertificate().subject?.['CN']));
    socket.destroy();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  return promise;
}

describe('CertificateStore', () => {
  let dir = '';
  let exact: Certificate;
  let wild: Certificate;
  let other: Certificate;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'loom-certificates-'));
    exact = makeCertificate(dir, 'exact', ['a.shop.test']);
    wild = makeCertificate(dir, 'wild', ['*.shop.test']);
    other = makeCertificate(dir, 'other', []);
  });
  after(() => rmSync(dir, { recursive: true }));

  const http = new Opened();
  afterEach(() => http.close());
  const start = (certificates: CertificateStore): Promise<number> =>
    http.start((exchange) => answer(exchange), { protocol: 'https', certificates });

  it('shows the exact host, then the wildcard, then the certificate of every host', async () => {
    const store = new CertificateStore();
    store.set([wild, other, exact]);
    const port = await start(store);
    const names = ['a.shop.test', 'A.Shop.Test', 'b.shop.test', 'elsewhere.test', ''];
    const got = await Promise.all(names.map((name) => shown(port, name)));
    expect(got).to.deep.equal(['exact', 'exact', 'wild', 'other', 'other']);
  });

  it('fails the handshake for a name that no certificate is for, and shows the first to a client that names none', async () => {
    const store = new CertificateStore();
    store.set([exact, wild]);
    const port = await start(store);
    expect(await shown(port, 'elsewhere.test')).to.match(/^E/);
    expect(await shown(port, '')).to.equal('exact');
  });

  it('swaps under a listener that stands, also what clients without a name see', async () => {
    const store = new CertificateStore();
    const port = await start(store);
    expect(await shown(port, 'a.shop.test')).to.match(/^E/);
    store.set([wild]);
    expect([await shown(port, 'a.shop.test'), await shown(port, '')]).to.deep.equal(['wild', 'wild']);
    store.set([exact]);
    expect([await shown(port, 'a.shop.test'), await shown(port, '')]).to.deep.equal(['exact', 'exact']);
    store.set([]);
    expect(await shown(port, 'a.shop.test')).to.match(/^E/);
  });

  it('names what cannot be used, and serves the others', async () => {
    const store = new CertificateStore();
    const problems = store.set([
      { ...exact, id: 'torn', cert: 'no PEM' },
      { ...exact, id: 'mixed', key: wild.key },
      wild,
    ]);
    expect([...problems.keys()]).to.deep.equal(['torn', 'mixed']);
    expect(await shown(await start(store), 'a.shop.test')).to.equal('wild');
  });

  for (const [what, options, works] of [
    [
      'TLS 1.2 with ECDHE and AEAD',
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
      true,
    ],
    ['TLS 1.3', { minVersion: 'TLSv1.3' }, true],
    ['TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }, false],
    ['CBC', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }, false],
  ] as const) {
    it(`${works ? 'speaks' : 'does not speak'} ${what}`, async () => {
      const store = new CertificateStore();
      store.set([exact]);
      const got = await shown(await start(store), 'a.shop.test', options);
      if (works) expect(got).to.equal('exact');
      else expect(got).to.match(/^E/);
    });
  }

  it('does not renegotiate', async () => {
    const store = new CertificateStore();
    store.set([exact, other]);
    const port = await start(store);
    for (const servername of ['a.shop.test', '']) {
      const options = {
        port,
        host: '127.0.0.1',
        servername,
        maxVersion: 'TLSv1.2',
        rejectUnauthorized: false,
      } as const;
      const socket = connect(options);
      http.keep(socket);
      await once(socket, 'secureConnect');
      socket.resume().renegotiate({}, () => undefined);
      const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).to.equal('ERR_SSL_NO_RENEGOTIATION');
    }
  });
});
