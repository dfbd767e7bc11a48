import { expect } from 'chai';
import { echoBackend, type Backend, type Echo } from '../support/backend.ts';
import { bothSources } from '../support/world.ts';

bothSources('routing', (start) => {
  let one: Backend;
  let two: Backend;
  before(async () => {
    one = await echoBackend('one');
    two = await echoBackend('two');
  });
  after(async () => {
    await one.close();
    await two.close();
  });

  const config = (): string => `
routes:
  - { id: api, path: /api/*, upstream: one }
  - { id: user, path: "/users/:id", upstream: two, rewrite: { path: { type: Full, value: /people/:id } } }
  - { id: posts, path: /posts/*, methods: [POST], upstream: two, request_headers: { set: { x-added: "yes" } } }
  - { id: host, host: other.example.com, path: /*, upstream: two, response_headers: { set: { x-served-by: loom } } }
  - { id: old, path: /old, redirect: { path: { type: Full, value: /new }, status: 301 } }
  - { id: ping, path: /ping, direct_response: { status: 200, body: pong } }
  - { id: nowhere, path: /nowhere, upstream: missing }
  - { id: empty, path: /empty, upstream: weightless }
upstreams:
  - { name: one, endpoints: ["127.0.0.1:${one.port}"] }
  - { name: two, endpoints: ["127.0.0.1:${two.port}"] }
  - { name: weightless, load_balancer: weighted, endpoints: [{ address: 127.0.0.1, port: ${one.port}, weight: 0 }] }
`;

  it('sends each request where the most specific rule says', async () => {
    const { url } = await start(config());
    const echo = async (path: string, init?: RequestInit): Promise<Echo> =>
      (await (await fetch(url + path, init)).json()) as Echo;
    expect(await echo('/api/x?q=1')).to.include({ backend: 'one', method: 'GET', url: '/api/x?q=1' });
    expect(await echo('/users/42')).to.include({ backend: 'two', url: '/people/42' });
    const posted = await echo('/posts/1', { method: 'POST', body: 'hello' });
    expect(posted).to.include({ backend: 'two', method: 'POST', body: 'hello' });
    expect(posted.headers).to.include({ 'x-added': 'yes' });
  });

  it('answers by itself: redirect, direct response, and errors with their codes', async () => {
    const { url } = await start(config());
    const get = (path: string): Promise<Response> => fetch(url + path, { redirect: 'manual' });
    const moved = await get('/old');
    expect(moved.status).to.equal(301);
    expect(moved.headers.get('location')).to.equal(`${url}/new`);
    expect(await (await get('/ping')).text()).to.equal('pong');
    for (const [path, status, code] of [
      ['/none', 404, 'no-route'],
      ['/posts/1', 404, 'no-route'],
      ['/nowhere', 500, 'backend-missing'],
      ['/empty', 503, 'no-endpoint'],
    ] as const) {
      const response = await get(path);
      expect(response.status, path).to.equal(status);
      expect(await response.text(), path).to.include(code);
    }
  });

  it('tells the upstream who asked, and the client which request it was', async () => {
    const { url, port } = await start(config());
    const response = await fetch(`${url}/api/x`, {
      headers: { 'x-forwarded-for': '203.0.113.9', connection: 'x-secret' },
    });
    const { headers } = (await response.json()) as Echo;
    expect(headers['x-forwarded-for']).to.equal('127.0.0.1');
    expect(headers['x-forwarded-proto']).to.equal('http');
    expect(headers['host']).to.equal(`127.0.0.1:${port}`);
    expect(headers['x-request-id']).to.have.length.above(8);
    expect(response.headers.get('x-request-id')).to.equal(headers['x-request-id']);
  });
});
