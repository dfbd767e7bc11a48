import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { CertificateStore } from '../../src/http/certificates.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { HttpListener } from '../../src/http/listener.ts';
import type { ListenerTls } from '../../src/model/settings.ts';
import { Authority } from '../support/authority.ts';
import type { TlsPair } from '../support/tls-pair.ts';
import { eventually } from '../support/wait.ts';
import { answer, ignore, listenerParts, Opened } from './world.ts';

const field = 'x-forwarded-client-cert';

describe('TLS of a listener', () => {
  let folder: string;
  let file: string;
  let authority: Authority;
  let other: Authority;
  let server: TlsPair;
  let client: TlsPair;
  let stranger: TlsPair;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'loom-terminator-'));
    file = join(folder, 'ca.crt');
    authority = new Authority('clients');
    other = new Authority('others');
    server = authority.issue('/CN=shop.test', 'DNS:shop.test,URI:spiffe://shop');
    client = authority.issue(
      '/O=Shop, "Inc"\\\\/CN=Zo\u00eb',
      'URI:spiffe://client/a;b,DNS:client.test,DNS:c2.test',
    );
    stranger = other.issue('/CN=stranger', 'DNS:stranger.test');
  });
  beforeEach(() => copyFileSync(authority.file, file));
  after(() => {
    rmSync(folder, { recursive: true });
    authority.remove();
    other.remove();
  });

  const http = new Opened();
  afterEach(() => http.close());

  /** Answers with the field that an upstream would get. */
  const reply = (exchange: Exchange): void =>
    answer(exchange, exchange.request.headers.joined(field) ?? 'nobody');
  const refusals: string[] = [];
  const troubles: string[] = [];
  const start = (tls: Partial<ListenerTls>, more: Parameters<Opened['start']>[1] = {}): Promise<number> => {
    refusals.length = troubles.length = 0;
    const certificates = new CertificateStore();
    certificates.set([{ id: 'shop', hosts: ['shop.test'], ...server }]);
    return http.start(reply, {
      protocol: 'https',
      certificates,
      tls: { clientAuth: 'required', minVersion: '1.2', ...tls },
      refused: (_listener, reason, detail) => refusals.push(`${reason} ${detail}`),
      troubled: (_listener, problem) => troubles.push(problem),
      ...more,
    });
  };
  const open = (port: number, options: ConnectionOptions = {}): TLSSocket => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'shop.test',
      rejectUnauthorized: false,
      ...options,
    });
    http.keep(socket);
    return socket.on('error', ignore);
  };
  /** The body of the answer on that connection, or the empty string when it is closed instead. */
  const ask = async (socket: TLSSocket, ...fields: string[]): Promise<string> => {
    let got = '';
    const more = (chunk: Buffer): void => void (got += chunk.toString());
    socket.on('data', more);
    socket.write(['GET / HTTP/1.1', 'Host: shop.test', ...fields, '', ''].join('\r\n'));
    await eventually('an answer', () => socket.destroyed || /\r\n\r\n.+$/.test(got));
    socket.off('data', more);
    return got.split('\r\n\r\n')[1] ?? '';
  };
  const element = (): string => {
    const hash = new X509Certificate(client.cert).fingerprint256.replaceAll(':', '').toLowerCase();
    const subject = String.raw`CN=Zo\C3\AB,O=Shop\, \22Inc\22\5C`;
    return `By=spiffe://shop;Hash=${hash};Subject="${subject}";URI="spiffe://client/a;b";DNS=client.test;DNS=c2.test`;
  };

  const versions = ['TLSv1.2', 'TLSv1.3'] as const;
  for (const version of versions) {
    const only = { minVersion: version, maxVersion: version } as const;
    for (const servername of ['shop.test', '']) {
      const name = servername || 'nobody';
      it(`asks for a certificate and believes its authority (${version}, SNI ${name})`, async () => {
        const port = await start({ clientCa: file });
        expect(await ask(open(port, { ...client, ...only, servername }))).to.equal(element());
        expect(await ask(open(port, { ...stranger, ...only, servername }))).to.equal('');
        expect(await ask(open(port, { ...only, servername }))).to.equal('');
        expect(refusals.map((text) => text.split(' ')[0])).to.deep.equal([
          'client-certificate',
          'client-certificate',
        ]);
      });
    }

    it(`lets clients without a certificate in where it is optional, and none with a wrong one (${version})`, async () => {
      const port = await start({ clientCa: file, clientAuth: 'optional' });
      expect(await ask(open(port, { ...client, ...only }))).to.equal(element());
      expect(await ask(open(port, only))).to.equal('nobody');
      expect(await ask(open(port, { ...stranger, ...only }))).to.equal('');
      expect(refusals).to.have.length(1);
    });

    it(`knows the client again when it resumes its session (${version})`, async () => {
      const port = await start({ clientCa: file });
      const first = open(port, { ...client, ...only });
      let session: Buffer | undefined;
      first.on('session', (one: Buffer) => (session = one));
      await ask(first);
      const second = open(port, {
        ...client,
        ...only,
        session: await eventually('a session', () => session),
      });
      expect([await ask(second), second.isSessionReused()]).to.deep.equal([element(), true]);
    });

    it(`does not take the session of a listener that asks for nothing (${version})`, async () => {
      const port = await start({});
      const first = open(port, only);
      let session: Buffer | undefined;
      first.on('session', (one: Buffer) => (session = one));
      await ask(first);
      const stolen = await eventually('a session', () => session);
      http.listener?.destroy();
      const strict = await start({ clientCa: file });
      expect(await ask(open(strict, { ...only, session: stolen }))).to.equal('');
    });
  }

  it('removes what a client says about its certificate, and adds to what a trusted proxy says', async () => {
    const claim = `${field}: Hash=00`;
    const untrusted = await start({ clientCa: file, clientAuth: 'optional' });
    expect(await ask(open(untrusted), claim)).to.equal('nobody');
    expect(await ask(open(untrusted, { ...client }), claim)).to.equal(element());
    http.listener?.destroy();
    const trusted = await start({ clientCa: file, clientAuth: 'optional' }, { trusted: ['127.0.0.1'] });
    expect(await ask(open(trusted), claim)).to.equal('Hash=00');
    expect(await ask(open(trusted, { ...client }), claim)).to.equal(`Hash=00,${element()}`);
  });

  it('believes other authorities when their file changes, and keeps connections', async () => {
    const port = await start({ clientCa: file });
    const old = open(port, { ...client });
    expect(await ask(old)).to.equal(element());
    writeFileSync(file, other.cert);
    await eventually('the stranger is known', async () => (await ask(open(port, { ...stranger }))) !== '');
    expect(await ask(open(port, { ...client }))).to.equal('');
    expect(await ask(old)).to.equal(element());
    writeFileSync(file, 'no PEM');
    await eventually('it says so', () => troubles[0]);
    expect(troubles[0]).to.match(/holds no certificate in PEM$/);
    expect(await ask(open(port, { ...stranger }))).to.match(/^By=/);
  });

  it('does not start with authorities that cannot be read', async () => {
    for (const [bad, why] of [
      [join(folder, 'absent'), /^the listener web: cannot read client_ca: ENOENT/],
      [import.meta.filename, /holds no certificate in PEM$/],
    ] as const) {
      const tls: ListenerTls = { clientCa: bad, clientAuth: 'required', minVersion: '1.2' };
      const listener = new HttpListener(
        { name: 'web', host: '127.0.0.1', port: 0, protocol: 'https', tls },
        listenerParts(),
      );
      expect(await listener.listen().catch((error: Error) => error.message)).to.match(why);
      listener.destroy();
    }
  });

  it('speaks no TLS 1.2 where 1.3 is the least', async () => {
    const port = await start({ minVersion: '1.3' });
    expect(await ask(open(port, { maxVersion: 'TLSv1.2' }))).to.equal('');
    const socket = open(port);
    expect([await ask(socket), socket.getProtocol()]).to.deep.equal(['nobody', 'TLSv1.3']);
  });

  for (const [what, bytes] of [
    ['plain HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['a hello that is cut in the middle of nothing', Buffer.from('1603010005010000ff00', 'hex')],
    ['bytes of no protocol', Buffer.alloc(64, 0xff)],
  ] as const) {
    it(`closes the connection that sends ${what}, and no other`, async () => {
      const port = await start({}, { limits: { headerTimeoutMs: 1000 } });
      const neighbour = open(port);
      expect(await ask(neighbour)).to.equal('nobody');
      const socket = connectPlain(port, '127.0.0.1');
      http.keep(socket);
      socket.on('error', ignore).resume();
      socket.end(bytes);
      await once(socket, 'close');
      expect(refusals.join()).to.match(/^tls E/);
      expect(await ask(neighbour)).to.equal('nobody');
    });
  }

  it('gives up a handshake that does not go on', async () => {
    const port = await start({}, { limits: { headerTimeoutMs: 100 } });
    const socket = connectPlain(port, '127.0.0.1');
    http.keep(socket);
    socket.on('error', ignore).resume();
    await once(socket, 'close');
    expect(refusals).to.deep.equal(['tls ERR_TLS_HANDSHAKE_TIMEOUT']);
  });

  it('drains: TLS connections that are idle end, and one that is served gets its answer', async () => {
    const held: Exchange[] = [];
    const certificates = new CertificateStore();
    certificates.set([{ id: 'shop', hosts: [], ...server }]);
    const port = await http.start(
      (exchange) => (exchange.request.headers.has('x-hold') ? held.push(exchange) : reply(exchange)),
      { protocol: 'https', certificates },
    );
    const idle = open(port);
    await ask(idle);
    const busy = open(port);
    const answered = ask(busy, 'X-Hold: 1');
    const exchange = await eventually('it began', () => held[0]);
    const closed = [once(idle, 'close'), once(busy, 'close')];
    const stopped = http.listener?.stop();
    await closed[0];
    reply(exchange);
    expect(await answered).to.equal('nobody');
    await Promise.all([...closed, stopped]);
  });
});
