import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { sendRaw, statuses } from '../http/raw-client.ts';
import { get } from '../http/world.ts';
import { eventually } from '../support/wait.ts';
import { Gateway } from './world.ts';

const handshake = get(
  '/chat',
  'Connection: keep-alive, Upgrade',
  'Upgrade: WebSocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
);

describe('an upgrade', () => {
  let gateway: Gateway;
  beforeEach(() => (gateway = new Gateway()));
  afterEach(() => gateway.close());

  /** A server that upgrades and then sends back what it gets. */
  async function echo(): Promise<{ port: number; close: () => void }> {
    const server = createServer();
    server.on('upgrade', (request, socket) => {
      const { upgrade, connection } = request.headers;
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ${upgrade}\r\nX-Seen: ${connection}\r\n\r\n`,
      );
      socket.pipe(socket);
      socket.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port, close: () => server.close() };
  }

  it('passes bytes both ways until one side ends, and longer than the timeouts of requests', async () => {
    const server = await echo();
    const timeouts = { requestMs: 1000, idleMs: 1000, responseMs: 1000 };
    const port = await gateway.start([server.port], { timeouts });
    const { socket, got } = await gateway.opened.open(port);
    socket.write(`${handshake}first`);
    await eventually('the upgrade and an echo', () => got().endsWith('\r\n\r\nfirst'));
    expect(got())
      .to.match(/^HTTP\/1\.1 101 /)
      .and.match(/\r\nupgrade: websocket\r\n/)
      .and.match(/\r\nx-seen: upgrade\r\n/);
    const began = performance.now();
    await eventually('the timeouts have passed', () => performance.now() - began > 1500);
    const big = 'x'.repeat(1 << 20);
    socket.write(big);
    await eventually('all of it came back', () => got().endsWith(big));
    expect(gateway.ended).to.deep.equal([]);
    socket.end();
    await once(socket, 'close');
    await eventually('it was counted out', () => gateway.inFlight[0] === 0);
    server.close();
  });

  it('that the upstream does not make is an answer like any other, and the connection goes on', async () => {
    const backend = await gateway.backend((_request, response) => response.end('no'));
    const { socket, got } = await gateway.opened.open(await gateway.start([backend]));
    socket.write(handshake);
    await eventually('an answer', () => statuses(got()).length === 1);
    socket.write(handshake);
    await eventually('another', () => statuses(got()).length === 2);
    expect(statuses(got())).to.deep.equal([200, 200]);
  });

  it('that nobody asked for is a fault of the upstream', async () => {
    const backend = await gateway.rawBackend((socket) =>
      socket.once('data', () =>
        socket.write('HTTP/1.1 101 Now\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
      ),
    );
    const received = await sendRaw(await gateway.start([backend]), get('/', 'Connection: close'));
    expect(statuses(received)).to.deep.equal([502]);
  });

  it('passes interim responses on', async () => {
    const backend = await gateway.rawBackend((socket) =>
      socket.once('data', () =>
        socket.write(
          'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
        ),
      ),
    );
    const received = await sendRaw(await gateway.start([backend]), get('/', 'Connection: close'));
    expect(received).to.match(/^HTTP\/1\.1 103 Early Hints\r\nlink: <\/a\.css>\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });

  it('sends trailers of requests on', async () => {
    let seen = '';
    const backend = await gateway.rawBackend((socket) =>
      socket.on('data', (data) => {
        seen += data.toString('latin1');
        if (seen.includes('x-sum')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      }),
    );
    const chunked =
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 7\r\nCookie: no\r\n\r\n';
    await sendRaw(await gateway.start([backend]), chunked);
    expect(seen).to.match(/\r\n\r\n1\r\na\r\n0\r\nx-sum: 7\r\n\r\n$/);
  });
});
