import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { expect } from 'chai';
import { sendRaw, statuses } from '../http/raw-client.ts';
import { get, last } from '../http/world.ts';
import { eventually } from '../support/wait.ts';
import { Gateway } from './world.ts';

const kept = { idleMs: 60_000, maxRequests: 0, maxAgeMs: 0 };

describe('Pools', () => {
  let gateway: Gateway;
  let server: Http2Server | undefined;
  beforeEach(() => (gateway = new Gateway()));
  afterEach(async () => {
    await gateway.close();
    server?.close();
    server = undefined;
  });

  /** Answers on connections that it keeps, and what has become of those. */
  const keeping = async (): Promise<{ port: number; open: Set<Socket>; made: () => number }> => {
    const open = new Set<Socket>();
    let made = 0;
    const port = await gateway.rawBackend((socket) => {
      made++;
      open.add(socket.on('close', () => open.delete(socket)));
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    });
    return { port, open, made: () => made };
  };
  const ask = async (port: number, times: number): Promise<void> => {
    for (let i = 0; i < times; i++)
      expect(statuses(await sendRaw(port, get('/', last)))).to.deep.equal([200]);
  };

  for (const [what, pool, expected] of [
    ['keeps a connection', kept, 1],
    ['closes one after so many requests', { ...kept, maxRequests: 2 }, 3],
    ['closes one after each request', { ...kept, idleMs: 0 }, 5],
    ['closes one that is too old', { ...kept, maxAgeMs: 0.001 }, 5],
  ] as const) {
    it(what, async () => {
      const backend = await keeping();
      await ask(await gateway.start([backend.port], { upstream: { pool } }), 5);
      expect(backend.made()).to.equal(expected);
    });
  }

  it('closes one that has been idle for too long', async () => {
    const backend = await keeping();
    await ask(await gateway.start([backend.port], { upstream: { pool: { ...kept, idleMs: 10 } } }), 1);
    await eventually('it is closed', () => backend.open.size === 0);
  });

  it('closes idle connections when their endpoint goes, and busy ones after their request', async () => {
    const held: (() => void)[] = [];
    const open = new Set<Socket>();
    const backend = await gateway.backend((request, response) => {
      open.add(request.socket.on('close', () => open.delete(request.socket)));
      if (request.url === '/slow') held.push(() => response.end('slow'));
      else response.end('ok');
    });
    const port = await gateway.start([backend]);
    const slow = sendRaw(port, get('/slow', last));
    await eventually('it waits', () => held.length === 1);
    await ask(port, 1);
    expect(open.size).to.equal(2);
    gateway.drain(backend);
    await eventually('the idle one is closed', () => open.size === 1);
    held[0]?.();
    expect(await slow).to.contain('slow');
    await eventually('the other is closed too', () => open.size === 0);
    await ask(port, 1);
  });

  it('does the same with connections of HTTP/2', async () => {
    let sessions = 0;
    let made = 0;
    const held: ServerHttp2Stream[] = [];
    const h2 = createHttp2Server();
    server = h2;
    h2.on('session', (session) => {
      sessions++;
      made++;
      session.on('close', () => sessions--);
    });
    h2.on('stream', (stream: ServerHttp2Stream, headers) => {
      stream.respond({ ':status': 200 });
      if (headers[':path'] === '/slow') held.push(stream);
      else stream.end('ok');
    });
    await new Promise<void>((resolve) => h2.listen(0, '127.0.0.1', resolve));
    const { port: backend } = h2.address() as AddressInfo;
    const port = await gateway.start([backend], {
      upstream: { protocol: 'H2c', pool: { ...kept, maxRequests: 2 } },
    });
    await ask(port, 3);
    expect(made).to.equal(2);
    const slow = sendRaw(port, get('/slow', last));
    await eventually('it waits', () => held.length === 1);
    gateway.drain(backend);
    held[0]?.end('slow');
    expect(await slow).to.contain('slow');
    await eventually('all are closed', () => sessions === 0);
  });

  it('lets no more requests through than an upstream may have, until they are answered completely', async () => {
    const held: (() => void)[] = [];
    const backend = await gateway.backend((_, response) => {
      response.write('a');
      held.push(() => response.end('b'));
    });
    const port = await gateway.start([backend], { upstream: { limits: { requests: 2 } } });
    const first = [sendRaw(port, get('/', last)), sendRaw(port, get('/', last))];
    await eventually('both are there', () => held.length === 2);
    const refused = await sendRaw(port, get('/', last));
    expect(refused)
      .to.match(/^HTTP\/1\.1 503 /)
      .and.match(/\r\nretry-after: 1\r\n/)
      .and.contain('upstream-overloaded');
    held[0]?.();
    await Promise.race(first);
    const third = sendRaw(port, get('/', last));
    await eventually('it is let through', () => held.length === 3);
    for (const end of held) end();
    expect((await Promise.all([...first, third])).flatMap(statuses)).to.deep.equal([200, 200, 200]);
  });

  it('counts the statuses that a breaker has been told of', async () => {
    let status = 500;
    const backend = await gateway.backend((_, response) => response.writeHead(status).end());
    const port = await gateway.start([backend], {
      upstream: {
        circuitBreaker: { failureThreshold: 2, successThreshold: 1, timeoutMs: 60_000, statuses: [500] },
      },
    });
    for (status of [500, 503, 500]) await sendRaw(port, get('/', last));
    expect(gateway.cluster.breaker?.state).to.equal('closed');
    await sendRaw(port, get('/', last));
    expect(gateway.cluster.breaker?.state).to.equal('open');
    expect(await sendRaw(port, get('/', last)))
      .to.contain('breaker-open')
      .and.match(/\r\nretry-after: 60\r\n/);
  });
});
