import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { CertificateStore } from '../../src/http/certificates.ts';
import type { TlsFacts } from '../../src/http/connection-facts.ts';
import { answer, Opened } from './world.ts';

describe('facts of a connection', () => {
  const http = new Opened();
  afterEach(() => http.close());

  // Read during the exchange: a closed socket has forgotten.
  const seen: { readonly id: number; readonly tls: TlsFacts | undefined }[] = [];
  const start = (parts: Parameters<Opened['start']>[1] = {}): Promise<number> => {
    seen.length = 0;
    return http.start((exchange) => {
      const { connection } = exchange;
      if (connection) seen.push({ id: connection.id, tls: connection.tls() });
      answer(exchange);
    }, parts);
  };

  it('number each connection, and each exchange of it alike; there is no TLS without TLS', async () => {
    const port = await start();
    for (let i = 0; i < 2; i++) {
      const socket = connect(port, '127.0.0.1');
      for (const last of [false, true]) {
        socket.write(`GET / HTTP/1.1\r\nhost: a\r\n${last ? 'connection: close\r\n' : ''}\r\n`);
        await once(socket, 'data');
      }
      await once(socket, 'close');
    }
    const [a, b, c, d] = seen.map(({ id }) => id);
    expect([a === b, c === d, a === c]).to.deep.equal([true, true, false]);
    expect(seen.map(({ tls }) => tls)).to.deep.equal([undefined, undefined, undefined, undefined]);
  });

  it('tell what TLS knows', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'loom-facts-'));
    const [key, cert] = [join(dir, 'key'), join(dir, 'crt')];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const subject = ['-subj', '/O=Shop, Inc/CN=shop.test'];
    execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...subject], {
      stdio: 'ignore',
    });
    const certificates = new CertificateStore();
    certificates.set([
      { id: 'c', hosts: [], cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') },
    ]);
    rmSync(dir, { recursive: true });
    const port = await start({ protocol: 'https', certificates });
    for (const servername of ['shop.test', '']) {
      const socket = connectTls({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
      socket.resume();
      await once(socket, 'close');
    }
    const local = { subject: 'CN=shop.test,O=Shop\\, Inc', dns: [], uris: [] };
    const facts = { version: 'TLSv1.3', local, client: undefined };
    expect(seen.map(({ tls }) => tls)).to.deep.equal([
      { ...facts, serverName: 'shop.test' },
      { ...facts, serverName: '' },
    ]);
  });
});
