import { expect } from 'chai';
import {
  connect,
  createSecureServer,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createHttps } from 'node:https';
import { createServer as createHttp1 } from 'node:http';
import { createServer as createTcp } from 'node:net';
import { readProxyHeader, type ProxiedPeers } from '../../src/http/proxy-header.ts';
import type { Protocol } from '../../src/model/upstream.ts';
import { get, last } from '../http/world.ts';
import { sendRaw } from '../http/raw-client.ts';
import { makeTlsPair } from '../support/tls-pair.ts';
import { eventually } from '../support/wait.ts';
import { deadPort, Gateway } from './world.ts';

const pair = makeTlsPair();

const answer = (_request: Http2ServerRequest, response: Http2ServerResponse): void =>
  void response.end('x'.repeat(100_000));

/** What is behind the header. */
const servers: Readonly<Partial<Record<Protocol, () => Server>>> = {
  Http: () => createHttp1((_request, response) => response.end('x'.repeat(100_000))),
  Https: () => createHttps(pair, (_request, response) => response.end('x'.repeat(100_000))),
  H2c: () => createServer(answer),
  H2: () => createSecureServer(pair, answer),
};

for (const [protocol, make] of Object.entries(servers)) {
  describe(`PROXY protocol to an upstream of ${protocol}`, () => {
    let gateway: Gateway;
    let server: Server;
    let front: Server;
    const sockets = new Set<Socket>();
    /** One for each connection. */
    let announced: (ProxiedPeers | undefined)[] = [];
    beforeEach(async () => {
      announced = [];
      gateway = new Gateway();
      server = make();
      // Reads the header and gives the rest of the connection to the server.
      front = createTcp((socket) => {
        sockets.add(socket.on('error', () => undefined));
        socket.once('readable', () => {
          const bytes = socket.read() as Buffer | null;
          if (!bytes) return;
          const header = readProxyHeader(bytes);
          if (!header) throw new Error('the header came in pieces');
          announced.push(header.peers);
          if (bytes.length > header.length) socket.unshift(bytes.subarray(header.length));
          server.emit('connection', socket);
        });
      }).listen(0, '127.0.0.1');
      await once(front, 'listening');
    });
    afterEach(async () => {
      await gateway.close();
      for (const socket of sockets) socket.destroy();
      front.close();
    });

    const start = (
      proxyProtocol: 'V1' | 'V2',
      port = (front.address() as AddressInfo).port,
    ): Promise<number> =>
      gateway.start([port], {
        upstream: { protocol: protocol as Protocol, tls: { ca: pair.cert }, proxyProtocol },
      });

    for (const version of ['V1', 'V2'] as const)
      it(`says by ${version} whose connection it is, and keeps it for that client`, async () => {
        const port = await start(version);
        const one = await gateway.opened.open(port);
        for (let i = 1; i <= 2; i++) {
          one.socket.write(get('/'));
          await eventually('an answer', () => one.got().length > i * 100_000);
        }
        expect(announced).to.deep.equal([
          {
            client: { address: '127.0.0.1', port: one.socket.localPort },
            local: { address: '127.0.0.1', port },
          },
        ]);
        const other = await sendRaw(port, get('/', last));
        expect(other).to.match(/^HTTP\/1\.1 200 /);
        expect(announced).to.have.length(2);
        expect(announced[1]?.client.port).to.not.equal(announced[0]?.client.port);
      });

    it('has one connection for all streams of a client', async () => {
      const session = connect(`http://127.0.0.1:${await start('V2')}`);
      await Promise.all(
        Array.from({ length: 3 }, async () => {
          const stream = session.request({ ':path': '/' });
          await once(stream.resume(), 'end');
        }),
      );
      const clients = new Set(announced.map((peers) => peers?.client.port));
      expect([...clients]).to.deep.equal([session.socket.localPort]);
      if (protocol.startsWith('H2')) expect(announced).to.have.length(1);
      session.destroy();
    });

    it('fails as ever where nobody listens', async () => {
      const received = await sendRaw(await start('V2', await deadPort()), get('/', last));
      expect(received).to.match(/^HTTP\/1\.1 502 .*connect-failed/s);
    });
  });
}
