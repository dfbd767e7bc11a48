import { expect } from 'chai';
import { echoBackend, type Backend } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { bothSources } from '../support/world.ts';

const wasm = `${process.cwd()}/plugins/examples/header-rewrite/build/header-rewrite.wasm`;
const scripted = `${process.cwd()}/test/wasm/guests/build/scripted.wasm`;
const unknownImports = `${process.cwd()}/test/wasm/guests/build/unknown-import.wasm`;

bothSources('the admin API', (start) => {
  let backend: Backend;
  before(async () => (backend = await echoBackend('one')));
  after(() => backend.close());

  const config = (): string => `
routes:
  - { id: api, path: /api/*, upstream: backend, plugins: [mark] }
upstreams:
  - name: backend
    endpoints: ["127.0.0.1:${backend.port}"]
    health_check: { path: /health, interval: 1s }
    circuit_breaker: {}
plugins:
  - { name: mark, path: ${wasm}, config: { response: { x-mark: "1" } } }
  - { name: newer, path: ${unknownImports} }
`;

  it('shows routes, upstreams and plugins, all and by name', async () => {
    const world = await start(config());
    const [route, upstream, plugin] = [world.id('api'), world.id('backend'), world.id('mark')];
    expect(await world.getJson('/health')).to.deep.equal({ status: 'ok' });
    expect(await world.getJson('/ready')).to.deep.equal({ ready: true });
    expect(await world.getJson('/info')).to.include({
      mode: 'serve',
      routes: 1,
      upstreams: 1,
      plugins: 2,
      revision: 1,
    });
    const one = await world.getJson(`/routes/${route}`);
    expect(one).to.have.nested.property('rules[0].plugins[0]', plugin);
    expect(one).to.have.nested.property('rules[0].backends[0].upstream', upstream);
    expect(await world.getJson('/routes')).to.deep.equal({ routes: [one] });
    const checked = await eventually('the endpoint has been checked', async () => {
      const body = await world.getJson(`/upstreams/${encodeURIComponent(upstream)}`);
      return (body as { endpoints: { check?: object }[] }).endpoints[0]?.check && body;
    });
    expect(checked).to.have.nested.property('endpoints[0].healthy', true);
    expect(checked).to.have.nested.property('circuitBreaker.state', 'closed');
    expect(checked).to.have.deep.property('usedBy', [route]);
    expect(await world.getJson(`/plugins/${plugin}`)).to.include({ name: plugin, version: 1, loaded: true });
    const newer = await world.getJson(`/plugins/${world.id('newer')}`);
    const names = ['env.proxy_from_the_future', 'wasi_unstable.sock_open'];
    expect(newer).to.have.property('unknownImports').with.members(names);
    const accepted = { type: 'Accepted', status: 'True', reason: 'UnknownImports' };
    expect(newer).to.have.nested.property('conditions[0]').that.includes(accepted);
  });

  it('answers 404 and 405 in JSON', async () => {
    const world = await start(config());
    for (const [method, path, status, code] of [
      ['GET', '/nothing', 404, 'not-found'],
      ['GET', '/routes/nothing', 404, 'not-found'],
      ['DELETE', '/plugins/nothing', 404, 'not-found'],
      ['POST', '/routes', 405, 'method-not-allowed'],
      ['DELETE', '/routes/x', 405, 'method-not-allowed'],
      ['GET', '/routes/%zz', 400, 'bad-request'],
    ] as const) {
      const response = await fetch(world.admin + path, { method });
      expect(response.status, path).to.equal(status);
      expect(await response.json(), path).to.have.nested.property('error.code', code);
      if (status === 405) expect(response.headers.get('allow')).to.match(/GET/);
    }
  });

  it('unloads a plugin until its definition changes', async () => {
    const world = await start(config());
    expect((await fetch(`${world.url}/api/x`)).headers.get('x-mark')).to.equal('1');
    const response = await fetch(`${world.admin}/plugins/${world.id('mark')}`, { method: 'DELETE' });
    expect(response.status).to.equal(200);
    expect(await response.json()).to.include({ loaded: false, problem: 'unloaded through the admin API' });
    expect((await fetch(`${world.url}/api/x`)).status, 'its fetch policy is Closed').to.equal(503);
    await world.edit(config().replace('"1"', '"2"'));
    expect((await fetch(`${world.url}/api/x`)).headers.get('x-mark')).to.equal('2');
  });

  it('sets the level of the log while it runs, of plugins in all workers too', async () => {
    const world = await start(`
log_level: warn
routes:
  - { id: api, path: /api/*, direct_response: { status: 200 }, plugins: [says] }
plugins:
  - { name: says, path: ${scripted}, config: "request_headers:continue" }
`);
    const set = async (level: string): Promise<number> =>
      (await fetch(`${world.admin}/debug/logs?level=${level}`, { method: 'POST' })).status;
    const said = (): Set<unknown> =>
      new Set(world.log.filter(({ msg }) => msg === 'plugin says').map(({ worker }) => worker));
    const ask = (): Promise<string> =>
      fetch(`${world.url}/api/x`, { headers: { connection: 'close' } }).then((response) => response.text());
    for (let i = 0; i < 8; i++) await ask();
    expect(await set('loud')).to.equal(400);
    expect(said().size).to.equal(0);
    expect(await set('info')).to.equal(200);
    expect(await world.getJson('/debug/settings')).to.include({ logLevel: 'info' });
    await eventually('plugins of both workers say something', async () => {
      await ask();
      return said().size === 2;
    });
    const lines = (await (await fetch(`${world.admin}/debug/logs`)).text()).trimEnd().split('\n');
    const told = lines.map((line): { worker?: number } => JSON.parse(line));
    expect(told.map(({ worker }) => worker)).to.include.members([0, 1]);
  });

  it('gives metrics that add up over the workers', async () => {
    const world = await start(config());
    for (let i = 0; i < 40; i++) {
      await (await fetch(`${world.url}/api/${i}`, { headers: { connection: 'close' } })).text();
    }
    await fetch(`${world.url}/none`);
    const text = await (await fetch(`${world.admin}/metrics`)).text();
    expect(text).to.include(`loom_requests_total{route="${world.id('api')}",method="GET",code="200"} 40`);
    expect(text).to.include('loom_requests_total{route="",method="GET",code="404"} 1');
    expect(text).to.include(`loom_request_duration_seconds_count{route="${world.id('api')}"} 40`);
    expect(text).to.include(`loom_upstream_requests_total{upstream="${world.id('backend')}",code="200"} 40`);
    expect(text).to.include(`loom_circuit_breaker_state{upstream="${world.id('backend')}"} 0`);
    expect(text).to.match(/loom_plugin_duration_seconds_count\{plugin="[^"]*mark",callback="[^"]+"\} 40/);
    expect(text).to.include('loom_snapshot_revision 1');
  });
});
