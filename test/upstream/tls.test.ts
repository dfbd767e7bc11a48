import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import type { UpstreamTls } from '../../src/model/upstream.ts';
import { sendRaw } from '../http/raw-client.ts';
import { get, last } from '../http/world.ts';
import { makeTlsPair } from '../support/tls-pair.ts';
import { Gateway } from './world.ts';

const pair = makeTlsPair();
const other = makeTlsPair();

describe('an upstream over TLS', () => {
  let gateway: Gateway;
  const servers: Server[] = [];
  beforeEach(() => (gateway = new Gateway()));
  afterEach(async () => {
    await gateway.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** A server of HTTP/1.1 that tells what it knows of its client. @returns its port. */
  async function serve(options: ServerOptions = {}): Promise<number> {
    const server = createServer({ ...pair, ...options }, (request, response) => {
      const socket = request.socket as TLSSocket;
      response.setHeader('connection', request.url === '/close' ? 'close' : 'keep-alive');
      const name = typeof socket.servername === 'string' ? socket.servername : 'none';
      response.end(`name=${name} resumed=${socket.isSessionReused()} proven=${socket.authorized}`);
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  const through = async (port: number, tls: UpstreamTls): Promise<number> =>
    gateway.start([port], { upstream: { protocol: 'Https', tls } });

  it('is believed when its authority is, for the address of the endpoint or the name that is told', async () => {
    const port = await serve();
    expect(await sendRaw(await through(port, { ca: pair.cert }), get('/', last))).to.match(/name=none/);
    const named = { ca: pair.cert, serverName: 'localhost' };
    expect(await sendRaw(await through(port, named), get('/', last))).to.match(/name=localhost/);
  });

  for (const [title, tls, detail] of [
    ['a certificate of nobody known', {}, /self-signed|DEPTH_ZERO/],
    ['a certificate of another authority', { ca: other.cert }, /self-signed|unable|signature/],
    ['a certificate for another name', { ca: pair.cert, serverName: 'other.example' }, /altnames/],
    ['settings with something missing', { problem: 'there is no Secret' }, /there is no Secret/],
    ['an authority that is no certificate', { ca: 'nonsense' }, /PEM|start line/],
  ] as const) {
    it(`gets nothing with ${title}`, async () => {
      let requests = 0;
      const port = await serve();
      servers[0]?.on('request', () => requests++);
      const received = await sendRaw(await through(port, tls), get('/', last));
      expect(received).to.match(/^HTTP\/1\.1 502 .*tls-failed/s);
      expect(received).to.not.match(detail);
      expect(requests).to.equal(0);
      expect(gateway.inFlight).to.deep.equal([0]);
    });
  }

  it('is believed whatever it shows where verification is switched off', async () => {
    const port = await through(await serve(), { insecureSkipVerify: true });
    expect(await sendRaw(port, get('/', last))).to.match(/^HTTP\/1\.1 200 /);
  });

  it('is shown the certificate of Loom', async () => {
    const port = await serve({ requestCert: true, ca: other.cert, rejectUnauthorized: true });
    const proven = await through(port, { ca: pair.cert, client: other });
    expect(await sendRaw(proven, get('/', last))).to.match(/proven=true/);
    const unproven = await through(port, { ca: pair.cert });
    expect(await sendRaw(unproven, get('/', last))).to.match(/^HTTP\/1\.1 502 /);
  });

  it('resumes the session of an earlier connection', async () => {
    const port = await through(await serve(), { ca: pair.cert, serverName: 'localhost' });
    expect(await sendRaw(port, get('/close', last))).to.match(/resumed=false/);
    expect(await sendRaw(port, get('/close', last))).to.match(/resumed=true/);
  });

  it('must speak HTTP/2 where that is asked for', async () => {
    const upstream = { protocol: 'H2', tls: { ca: pair.cert } } as const;
    const port = await gateway.start([await serve()], { upstream });
    expect(await sendRaw(port, get('/', last))).to.match(/^HTTP\/1\.1 502 .*tls-failed/s);
  });

  it('passes a failure of a clear server as one of TLS', async () => {
    const clear = await gateway.rawBackend((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    const received = await sendRaw(await through(clear, { ca: pair.cert }), get('/', last));
    expect(received).to.match(/^HTTP\/1\.1 502 .*tls-failed/s);
  });
});
