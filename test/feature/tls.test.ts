import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { eventually } from '../support/wait.ts';
import { startWorld, type World } from '../support/world.ts';
import { freePort } from '../support/free-port.ts';

/** A self-signed pair for the name, as files. */
function makePair(folder: string, name: string): void {
  const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  execFileSync('openssl', ['req', ...kind, ...subject, ...files], { stdio: 'ignore' });
}

/** The name in the certificate that the listener shows for a server name, and the answer to a GET. */
function ask(port: number, servername: string): Promise<{ name: string; answer: string }> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      { port, host: '127.0.0.1', servername, rejectUnauthorized: false },
      () => {
        const name = String(socket.getPeerCertificate().subject.CN);
        let answer = '';
        socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
        socket.on('end', () => resolve({ name, answer }));
        socket.write(`GET / HTTP/1.1\r\nHost: ${servername}\r\nConnection: close\r\n\r\n`);
      },
    ).on('error', reject);
  });
}

describe('TLS termination', () => {
  let folder: string;
  let world: World | undefined;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'loom-tls-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => world?.stop('SIGKILL'));

  it('shows each host its certificate, and a new one as soon as its file changes', async () => {
    for (const name of ['a.example.com', 'b.example.com']) makePair(folder, name);
    const port = await freePort();
    const route = (name: string): string =>
      `  - { id: ${name[0]}, host: ${name}, path: /*, tls: ${name[0]}, direct_response: { status: 200, body: "${name}" } }`;
    const pair = (name: string): string =>
      `  - { name: ${name[0]}, cert: ${folder}/${name}.crt, key: ${folder}/${name}.key }`;
    world = await startWorld(`
listeners: [{ name: https, address: "127.0.0.1:${port}", protocol: https }]
routes:
${route('a.example.com')}
${route('b.example.com')}
certificates:
${pair('a.example.com')}
${pair('b.example.com')}
`);
    for (const name of ['a.example.com', 'b.example.com']) {
      const seen = await ask(port, name);
      expect(seen.name).to.equal(name);
      expect(seen.answer)
        .to.match(/^HTTP\/1\.1 200 /)
        .and.to.include(name);
    }
    const refused = await ask(port, 'c.example.com').catch((error: Error) => error);
    expect(refused).to.be.an('error');

    const before = readFileSync(join(folder, 'a.example.com.crt'), 'utf8');
    makePair(folder, 'a.example.com');
    expect(readFileSync(join(folder, 'a.example.com.crt'), 'utf8')).not.to.equal(before);
    const serial = async (): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect(
          { port, host: '127.0.0.1', servername: 'a.example.com', rejectUnauthorized: false },
          () => {
            resolve(socket.getPeerCertificate().raw.toString('base64'));
            socket.destroy();
          },
        ).on('error', reject);
      });
    const wanted = readFileSync(join(folder, 'a.example.com.crt'), 'utf8').replaceAll(
      /-----[^-]+-----|\s/g,
      '',
    );
    await eventually('the new certificate is shown', async () => (await serial()) === wanted);
  });

  it('resumes a session in whichever worker takes the connection', async () => {
    makePair(folder, 'r.example.com');
    const port = await freePort();
    world = await startWorld(`
listeners: [{ name: https, address: "127.0.0.1:${port}", protocol: https }]
routes: [{ id: r, path: /*, tls: r, direct_response: { status: 200, body: ok } }]
certificates: [{ name: r, cert: ${folder}/r.example.com.crt, key: ${folder}/r.example.com.key }]
`);
    const options = { port, host: '127.0.0.1', servername: 'r.example.com', rejectUnauthorized: false };
    let session: Buffer | undefined;
    const visit = async (): Promise<boolean> => {
      let reused = false;
      const socket = connect({ ...options, ...(session && { session }) }, () => {
        reused = socket.isSessionReused();
        socket.write('GET / HTTP/1.1\r\nHost: r.example.com\r\nConnection: close\r\n\r\n');
      }).on('session', (one: Buffer) => (session = one));
      await once(socket.resume(), 'close');
      return reused;
    };
    const visits: boolean[] = [];
    for (let i = 0; i < 21; i++) visits.push(await visit());
    expect(visits.filter(Boolean)).to.have.length(20);
  });
});
