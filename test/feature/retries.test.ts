import { expect } from 'chai';
import { startBackend, type Backend } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { bothSources, type World } from '../support/world.ts';

bothSources('retries', (start) => {
  const backends: Backend[] = [];
  /** Statuses that the backend answers with next. */
  let next: number[] = [];
  let held: (() => void)[] = [];
  before(async () => {
    backends.push(
      await startBackend((request, response) => {
        let body = '';
        request.on('data', (piece: Buffer) => (body += piece.toString()));
        request.on('end', () => {
          const status = next.shift() ?? 200;
          if (status === 0) held.push(() => response.end());
          else if (request.url === '/endless')
            response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
          else if (request.url === '/events') {
            response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
            setTimeout(() => response.end('data: 2\n\n'), 300);
          } else response.writeHead(status).end(body);
        });
      }),
    );
  });
  beforeEach(() => {
    next = [];
    held = [];
  });
  after(async () => {
    for (const release of held) release();
    for (const backend of backends) await backend.close();
  });

  const config = (): string => `
routes:
  - id: again
    path: /again/*
    upstream: u
    retries: { statuses: [503], methods: [GET, POST], backoff: { base: 1ms }, budget: { percent: 50, floor: 2 }, max_retry_after: 500ms }
  - { id: never, path: /never/*, upstream: u, retries: { attempts: 0 } }
  - { id: slow, path: /slow/*, upstream: u, timeouts: { per_try: 300ms }, retries: { causes: timeout, attempts: 10 } }
  - { id: events, path: /events, upstream: u, timeouts: { request: 100ms } }
  - { id: cut, path: /cut, upstream: u, timeouts: { request: 10s, stream: 100ms }, rewrite: { path: { type: Full, value: /endless } } }
upstreams:
  - { name: u, endpoints: ["127.0.0.1:${backends[0]?.port}"] }
`;
  const metric = async ({ admin }: World): Promise<readonly string[]> =>
    (await (await fetch(`${admin}/metrics`)).text())
      .split('\n')
      .filter((line) => line.startsWith('loom_upstream_retries_total{'))
      // On a busy machine the try behind the slow one may be slow too.
      .filter((line) => !line.includes('reason="response-timeout",outcome="failed"'));

  it('repeat what they are told to, with the body, and are counted', async () => {
    const world = await start(config());
    next = [503, 503];
    const response = await fetch(`${world.url}/again/`, { method: 'POST', body: 'hello' });
    expect([response.status, await response.text()]).to.deep.equal([200, 'hello']);
    next = [503];
    expect((await fetch(`${world.url}/never/`)).status).to.equal(503);
    next = [0];
    expect((await fetch(`${world.url}/slow/`)).status).to.equal(200);
    const id = world.id('u');
    expect(await metric(world)).to.have.members([
      `loom_upstream_retries_total{upstream="${id}",reason="status-503",outcome="failed"} 1`,
      `loom_upstream_retries_total{upstream="${id}",reason="status-503",outcome="answered"} 1`,
      `loom_upstream_retries_total{upstream="${id}",reason="response-timeout",outcome="answered"} 1`,
    ]);
  });

  it('leave streams to their own limit', async () => {
    const world = await start(config());
    // The head is held to the limit of the request, which a busy machine may miss.
    const events = await eventually('its head comes in time', async () => {
      const response = await fetch(`${world.url}/events`);
      return response.status === 200 ? response : void (await response.text());
    });
    expect(await events.text()).to.equal('data: 1\n\ndata: 2\n\n');
    const cut = await fetch(`${world.url}/cut`)
      .then((response) => response.text())
      .catch(() => 'cut');
    expect(cut).to.equal('cut');
  });
});
