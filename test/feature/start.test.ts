import { expect } from 'chai';
import { startBackend } from '../support/backend.ts';
import { freePort } from '../support/free-port.ts';
import { startWorld } from '../support/world.ts';

describe('start', () => {
  it('lets nobody in before there is something to serve', async () => {
    const backend = await startBackend((_request, response) => response.end('ok'));
    const port = await freePort();
    const route = (i: number): string => `  - { id: r${i}, path: /r${i}/*, upstream: backend }`;
    const started = startWorld(`
listeners: [{ name: http, address: "127.0.0.1:${port}", protocol: http }]
routes:
${Array.from({ length: 2000 }, (_, i) => route(i)).join('\n')}
upstreams: [{ name: backend, endpoints: ["127.0.0.1:${backend.port}"] }]
`);
    const seen = new Set<number>();
    const ready = new AbortController();
    const world = started.finally(() => ready.abort());
    while (!ready.signal.aborted) {
      const response = await fetch(`http://127.0.0.1:${port}/r1999/`).catch(() => undefined);
      await response?.arrayBuffer();
      seen.add(response?.status ?? 0);
    }
    const running = await world;
    expect([...seen])
      .to.include.members([0])
      .and.not.include(404);
    expect((await fetch(`http://127.0.0.1:${port}/r1999/`)).status).to.equal(200);
    await running.stop();
    await backend.close();
  });
});
