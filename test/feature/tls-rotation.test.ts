import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { Authority } from '../support/authority.ts';
import { eventually } from '../support/wait.ts';
import { startWorld, type World } from '../support/world.ts';
import { freePort } from '../support/free-port.ts';

describe('certificates that are renewed while Loom runs', () => {
  let folder: string;
  let world: World;
  let backend: Server;
  const authorities: Authority[] = [];
  const sockets: TLSSocket[] = [];
  let port: number;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'loom-rotation-'));
    port = await freePort();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await world.stop('SIGKILL');
    backend.closeAllConnections();
    backend.close();
    for (const authority of authorities.splice(0)) authority.remove();
    rmSync(folder, { recursive: true });
  });

  const made = (name: string): Authority => {
    const authority = new Authority(name);
    authorities.push(authority);
    return authority;
  };
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const pairFiles = (name: string, by: Authority, subject: string, names: string): string => {
    const { cert, key } = by.issue(subject, names);
    return `cert: ${file(`${name}.crt`, cert)}, key: ${file(`${name}.key`, key)}`;
  };

  /** A connection of a client, on which it may ask several times. */
  async function open(
    servername: string,
  ): Promise<{ readonly name: string; readonly ask: () => Promise<string> }> {
    const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
    sockets.push(socket);
    await once(socket, 'secureConnect');
    return {
      name: String(socket.getPeerCertificate().subject.CN),
      ask: async () => {
        const answer = whole(socket);
        socket.write(`GET / HTTP/1.1\r\nHost: ${servername}\r\n\r\n`);
        return answer;
      },
    };
  }
  /** The next answer, in however many pieces it comes. */
  async function whole(socket: TLSSocket): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let text = '';
    const take = (piece: Buffer): void => {
      text += piece.toString('latin1');
      const [head = '', body] = text.split('\r\n\r\n', 2);
      const length = /^content-length: *(\d+)/im.exec(head)?.[1];
      if (body === undefined) return;
      if (length === undefined ? text.endsWith('\r\n0\r\n\r\n') : body.length >= Number(length))
        resolve(text);
    };
    const cut = (): void => reject(new Error(`the connection ended behind '${text}'`));
    socket.on('data', take).once('close', cut);
    return promise.finally(() => socket.off('data', take).off('close', cut));
  }
  const ask = async (): Promise<string> => (await open('exact.shop.test')).ask();

  /** An endpoint that only those with a certificate of `clients` may ask; it closes each connection, so that each request makes one. */
  async function endpoint(own: Authority, clients: Authority): Promise<number> {
    const pair = own.issue('/CN=backend', 'DNS:backend.test');
    backend = createServer({ ...pair, ca: clients.cert, requestCert: true }, (incoming, response) => {
      const { subject } = (incoming.socket as TLSSocket).getPeerCertificate();
      response.writeHead(200, { connection: 'close' }).end(`proven ${String(subject.CN)}.`);
    });
    backend.listen(0, '127.0.0.1');
    await once(backend, 'listening');
    return (backend.address() as AddressInfo).port;
  }

  it('are shown to new clients by exact name and wildcard, and shown to upstreams, while connections stand', async () => {
    const [ours, theirs] = [made('ours'), made('theirs')];
    const exact = pairFiles('exact', ours, '/CN=exact one', 'DNS:exact.shop.test');
    const wild = pairFiles('wild', ours, '/CN=wild one', 'DNS:*.shop.test');
    const own = pairFiles('own', ours, '/CN=loom one', 'DNS:loom.test');
    const ca = file('ca', theirs.cert);
    const upstream = await endpoint(theirs, ours);
    world = await startWorld(`
listeners: [{ name: https, address: "127.0.0.1:${port}", protocol: https }]
certificates: [{ name: exact, ${exact} }, { name: wild, ${wild} }, { name: own, ${own} }]
authorities: [{ name: theirs, ca: ${ca} }]
routes:
  - { id: exact, hosts: [exact.shop.test], tls: exact, path: /*, upstream: backend }
  - { id: wild, hosts: ["*.shop.test"], tls: wild, path: /*, upstream: backend }
upstreams:
  - name: backend
    endpoints: ["127.0.0.1:${upstream}"]
    protocol: https
    tls: { server_name: backend.test, ca_secret_ref: theirs, client_cert_secret_ref: own }
`);
    const before = [await open('exact.shop.test'), await open('other.shop.test')];
    expect(before.map(({ name }) => name)).to.deep.equal(['exact one', 'wild one']);
    for (const { ask: again } of before) expect(await again()).to.include('proven loom one.');

    pairFiles('exact', ours, '/CN=exact two', 'DNS:exact.shop.test');
    pairFiles('wild', ours, '/CN=wild two', 'DNS:*.shop.test');
    pairFiles('own', ours, '/CN=loom two', 'DNS:loom.test');
    await eventually('new ones are shown', async () => {
      const now = [await open('exact.shop.test'), await open('other.shop.test')];
      return (
        now.map(({ name }) => name).join() === 'exact two,wild two' && (await ask()).includes('loom two.')
      );
    });
    for (const { ask: again } of before) expect(await again()).to.include('proven loom two.');

    const others = made('others');
    backend.setSecureContext({ ...others.issue('/CN=backend', 'DNS:backend.test'), ca: ours.cert });
    expect(await ask()).to.match(/^HTTP\/1\.1 502 .*tls-failed/s);
    file('ca', others.cert);
    await eventually('the new authority is believed', async () => (await ask()).includes('proven loom two.'));
    for (const { ask: again } of before) expect(await again()).to.include('proven loom two.');
  });

  it('of authorities come from a ConfigMap, and nothing goes out while it is missing', async () => {
    const theirs = made('theirs');
    const own = pairFiles('own', theirs, '/CN=loom', 'DNS:exact.shop.test');
    const upstream = await endpoint(theirs, theirs);
    const config = `
listeners: [{ name: https, address: "127.0.0.1:${port}", protocol: https }]
certificates: [{ name: own, ${own} }]
routes: [{ id: exact, hosts: [exact.shop.test], tls: own, path: /*, upstream: backend }]
upstreams:
  - name: backend
    endpoints: ["127.0.0.1:${upstream}"]
    protocol: https
    tls: { server_name: backend.test, ca_config_map_ref: bundle, client_cert_secret_ref: own }
`;
    world = await startWorld(config, 'manifests');
    expect(await ask()).to.match(/^HTTP\/1\.1 502 .*tls-failed/s);
    const bundle = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'bundle', namespace: 'default' },
    };
    writeFileSync(
      join(world.folder, 'bundle.json'),
      JSON.stringify({ ...bundle, data: { 'ca.crt': theirs.cert } }),
    );
    await eventually('it is believed', async () => (await ask()).includes('proven loom.'));
  });
});
