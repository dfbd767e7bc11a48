import { expect } from 'chai';
import { echoBackend, startBackend, type Backend, type Echo } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { bothSources, type World } from '../support/world.ts';

bothSources('balancing', (start) => {
  const backends: Backend[] = [];
  before(async () => {
    for (const name of ['a', 'b', 'c']) backends.push(await echoBackend(name));
  });
  after(async () => {
    for (const backend of backends) await backend.close();
  });

  const config = (policy: string, weights = [1, 1, 1]): string => `
routes: [{ id: all, path: /*, upstream: pool }]
upstreams:
  - name: pool
    load_balancer: ${policy}
    endpoints: [${backends.map(({ port }, i) => `{ address: 127.0.0.1, port: ${port}, weight: ${weights[i]} }`).join(', ')}]
`;
  /** Each request on a connection of its own, so that the workers share them. */
  const ask = async ({ url }: World): Promise<string> =>
    ((await (await fetch(url, { headers: { connection: 'close' } })).json()) as Echo).backend;
  const count = async (world: World, times: number): Promise<Record<string, number>> => {
    const counts: Record<string, number> = { a: 0, b: 0, c: 0 };
    for (let i = 0; i < times; i++) {
      const name = await ask(world);
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  };

  it('takes endpoints in turn over all workers', async () => {
    expect(await count(await start(config('round_robin')), 60)).to.deep.equal({ a: 20, b: 20, c: 20 });
  });

  it('takes them by weight over all workers, none for weight 0', async () => {
    expect(await count(await start(config('weighted', [5, 1, 0])), 60)).to.deep.equal({ a: 50, b: 10, c: 0 });
  });

  it('reaches every endpoint at random', async () => {
    const counts = await count(await start(config('random')), 90);
    // Each share is binomial(90, 1/3): below 8 or above 54 with a probability under 1e-8.
    for (const name of ['a', 'b', 'c']) expect(counts[name]).to.be.within(8, 54);
  });

  it('avoids the endpoint with requests in flight, whichever worker has them', async () => {
    const busy = await startBackend(() => {});
    const world = await start(`
routes: [{ id: all, path: /*, upstream: pool }]
upstreams: [{ name: pool, load_balancer: least_conn, endpoints: ["127.0.0.1:${busy.port}", "127.0.0.1:${backends[0]?.port}"] }]
`);
    const hanging = new AbortController();
    const open: Promise<unknown>[] = [];
    // A request may go to either while both are idle; the one that hangs is at the busy one.
    while (busy.seen.length === 0) {
      let over = false;
      const request = fetch(world.url, { signal: hanging.signal, headers: { connection: 'close' } });
      open.push(request.catch(() => {}).then(() => (over = true)));
      await eventually('the request has arrived', () => over || busy.seen.length > 0);
    }
    for (let i = 0; i < 20; i++) expect(await ask(world)).to.equal('a');
    hanging.abort();
    await Promise.all(open);
    await busy.close();
  });
});

bothSources('health checks and circuit breaker', (start) => {
  it('takes an endpoint out while it fails its health checks', async () => {
    const good = await echoBackend('good');
    let healthy = false;
    const flaky = await startBackend((request, response) => {
      response.statusCode = request.url === '/health' && !healthy ? 500 : 200;
      response.end(JSON.stringify({ backend: 'flaky' }));
    });
    const world = await start(`
routes: [{ id: all, path: /*, upstream: pool }]
upstreams:
  - name: pool
    endpoints: ["127.0.0.1:${good.port}", "127.0.0.1:${flaky.port}"]
    health_check: { path: /health, interval: 100ms, timeout: 20s, healthy_threshold: 2, unhealthy_threshold: 2 }
`);
    const isOut = async (): Promise<boolean> => {
      const { endpoints } = (await world.getJson(`/upstreams/${world.id('pool')}`)) as {
        endpoints: { port: number; healthy: boolean }[];
      };
      return endpoints.some(({ port, healthy: is }) => port === flaky.port && !is);
    };
    await eventually('it is out', isOut);
    for (let i = 0; i < 10; i++) {
      expect(((await (await fetch(world.url)).json()) as Echo).backend).to.equal('good');
    }
    healthy = true;
    await eventually('it is back', async () => !(await isOut()));
    const names = new Set<string>();
    for (let i = 0; i < 4; i++) names.add(((await (await fetch(world.url)).json()) as Echo).backend);
    expect([...names]).to.have.members(['good', 'flaky']);
    await good.close();
    await flaky.close();
  });

  it('opens the breaker after failures in a row, answers at once, and closes it when the upstream is back', async () => {
    let broken = true;
    const backend = await startBackend((_request, response) => {
      response.statusCode = broken ? 503 : 200;
      response.end('answer');
    });
    const world = await start(`
routes: [{ id: open, path: /open, upstream: open }, { id: all, path: /*, upstream: pool }]
upstreams:
  - name: open
    endpoints: ["127.0.0.1:${backend.port}"]
    circuit_breaker: { failure_threshold: 3, timeout: 1h }
  - name: pool
    endpoints: ["127.0.0.1:${backend.port}"]
    circuit_breaker: { failure_threshold: 3, success_threshold: 2, timeout: 100ms }
`);
    const ask = (path = '/'): Promise<Response> =>
      fetch(world.url + path, { headers: { connection: 'close' } });
    for (let i = 0; i < 3; i++) expect(await (await ask('/open')).text()).to.equal('answer');
    const refused = await ask('/open');
    expect(refused.status).to.equal(503);
    expect(refused.headers.get('retry-after')).to.match(/^\d+$/);
    expect(await refused.text()).to.include('breaker-open');
    expect(backend.seen).to.have.length(3);
    for (let i = 0; i < 3; i++) expect(await (await ask()).text()).to.equal('answer');
    broken = false;
    await eventually('it lets a trial through', async () => (await ask()).status === 200);
    await eventually('it is closed', async () => {
      await (await ask()).text();
      const upstream = await world.getJson(`/upstreams/${world.id('pool')}`);
      return (upstream as { circuitBreaker: { state: string } }).circuitBreaker.state === 'closed';
    });
    await backend.close();
  });
});
