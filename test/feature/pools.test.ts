import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect } from 'chai';
import { eventually } from '../support/wait.ts';
import { bothSources } from '../support/world.ts';

bothSources('connections to upstreams', (start) => {
  const sockets = new Set<Socket>();
  const backend = createServer((socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => undefined));
    socket.on('data', (bytes) => {
      if (bytes.includes('GET /slow')) return;
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
  });
  before(() => new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve)));
  after(() => {
    backend.close();
    for (const socket of sockets) socket.destroy();
  });

  it('are limited, prewarmed, counted, and closed when their endpoint goes', async () => {
    const { port } = backend.address() as AddressInfo;
    const config = (endpoint: number): string => `
routes:
  - { id: limited, path: /*, upstream: limited }
upstreams:
  - name: limited
    endpoints: ["127.0.0.1:${endpoint}"]
    limits: { connections: 1, pending: 0 }
  - name: warm
    endpoints: ["127.0.0.1:${endpoint}"]
    pool: { prewarm: 2 }
`;
    const world = await start(config(port));
    const poolOf = async (name: string): Promise<unknown> =>
      (await world.getJson(`/upstreams/${world.id(name)}`))['pool'];
    // Two of each of two workers.
    await eventually('they are there', () => sockets.size === 4);
    const leaving = new AbortController();
    const slow = fetch(`${world.url}/slow`, { signal: leaving.signal }).catch(() => undefined);
    await eventually('it is there', () => sockets.size === 5);
    const refused = await fetch(world.url);
    expect([refused.status, refused.headers.get('retry-after')]).to.deep.equal([503, '1']);
    expect(await refused.text()).to.contain('upstream-overloaded');
    // The other end of a connection may know of it before a worker does.
    await eventually('all are known', async () => {
      expect(await poolOf('limited')).to.include({ open: 1, idle: 0, busy: 1, pending: 0 });
      expect(await poolOf('warm')).to.include({ open: 4, idle: 4, busy: 0, pending: 0, prewarm: 2 });
      return true;
    });
    const metrics = await (await fetch(`${world.admin}/metrics`)).text();
    for (const line of [
      `loom_upstream_connections{upstream="${world.id('limited')}",state="busy"} 1`,
      `loom_upstream_connections{upstream="${world.id('warm')}",state="idle"} 4`,
      `loom_upstream_pending_requests{upstream="${world.id('limited')}"} 0`,
    ])
      expect(metrics).to.contain(line);
    leaving.abort();
    await slow;
    await eventually('there is room again', async () => (await fetch(world.url)).status === 200);
    await world.edit(config(1));
    await eventually('all are closed', () => sockets.size === 0);
  });
});
