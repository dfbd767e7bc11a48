import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { AdminServer } from '../../src/admin/server.ts';
import type { AdminView } from '../../src/admin/view.ts';
import { logLevels } from '../../src/model/settings.ts';
import { match } from '../support/requests.ts';
import { plugin, world } from '../wasm/world.ts';

const upstream = { id: 'shop/web:80', loadBalancer: 'RoundRobin' as const, connectTimeoutMs: 1 };
const endpoint = { address: '10.0.0.1', port: 80, weight: 1 };
const route = {
  id: 'shop/cart',
  created: '',
  hosts: [],
  rules: [
    {
      name: 'main',
      matches: [match()],
      action: { type: 'forward' as const, backends: [{ upstream: upstream.id, weight: 1 }] },
      plugins: [{ plugin: 'shop/p' }],
      timeouts: { requestMs: 0, responseMs: 0, idleMs: 0 },
      middleware: { basicAuth: { users: 'ann:hash', realm: 'shop', removeCredentials: false } },
    },
  ],
};

const report = {
  state: 'serving' as const,
  instances: 2,
  memoryBytes: 131_072,
  calls: 12,
  failures: 1,
  killed: 1,
  replacements: 1,
  recycled: 0,
  callbackMs: { p50: 0.01, p99: 0.2 },
};

/** A process with one route, one upstream and one plugin, in which little goes on. */
function viewOf(mode: AdminView['mode'], unloaded: string[], reasons: readonly string[] = []): AdminView {
  return {
    mode,
    notReady: () => reasons,
    info: () => {
      if (reasons.length > 0) throw new Error('secret detail');
      return { revision: 7 };
    },
    model: {
      routes: new Map([[route.id, route]]),
      upstreams: new Map([[upstream.id, upstream]]),
      plugins: new Map([[plugin.id, plugin]]),
      certificates: new Map(),
      endpoints: new Map(),
    },
    plugins: new Map([[plugin.id, { ...plugin, problem: 'gone' }]]),
    conditions: (key) => [{ type: 'Accepted', status: 'True', reason: key, message: '' }],
    pools: async () => new Map([[upstream.id, { idle: 1, busy: 2, pending: 3 }]]),
    upstream: () => ({
      endpoints: [{ endpoint, healthy: true, inFlight: 3 }],
      breaker: undefined,
      panic: false,
    }),
    chain: (...of) => of,
    stages: (...of) => ['rateLimits', { plugin: of.join(' ') }],
    explain: async ({ method, url, headers, client }) => {
      if (url === 'x') throw new TypeError('"x" is no URL');
      const asked = { method, scheme: client, host: url, path: '/', query: '', headers };
      return { request: asked, others: [], othersLeftOut: 0 };
    },
    unload: async (id) => void unloaded.push(id),
    reload: async (id) => void unloaded.push(`-${id}`),
    reports: async (ids) => new Map(ids.map((id) => [id, report])),
    settings: () => ({ workers: 2 }),
    heap: async () => ({ process: { rss: 1 } }),
    logs: () => Promise.resolve('{"msg":"x"}\n'),
    logLevels,
    setLogLevel: (level) => void unloaded.push(level),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'loom_routes 1\n' }),
  };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

describe('AdminServer', () => {
  const servers: AdminServer[] = [];
  let unloaded: string[];
  beforeEach(() => void (unloaded = []));
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  async function start(
    view: AdminView,
    metricsPath: string | undefined = '/metrics',
    port = 0,
  ): Promise<number> {
    const server = new AdminServer({ host: '127.0.0.1', port, metricsPath }, view, world().log);
    servers.push(server);
    return (await server.listen()).port;
  }

  // Not fetch: it rewrites paths before it sends them.
  async function ask(port: number, line: string): Promise<Answer> {
    const [method, path] = line.split(' ');
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    request({ host: '127.0.0.1', port, method, path }, (response) => {
      const { statusCode: status, headers } = response;
      text(response).then((body) => resolve({ status, headers, body }), reject);
    })
      .on('error', reject)
      .end();
    return promise;
  }

  const answers: readonly (readonly [string, number, string])[] = [
    ['GET /health', 200, '{"status":"ok"}'],
    ['GET /health?verbose=1', 200, '{"status":"ok"}'],
    ['GET /ready', 200, '{"ready":true}'],
    ['GET /info', 200, '{"revision":7}'],
    [
      'GET /explain?url=http%3A%2F%2Fa%2F&method=PUT&header=x-a%3A%20b%3Ac&header=y:',
      200,
      '{"request":{"method":"PUT","scheme":"192.0.2.1","host":"http://a/","path":"/","query":"","headers":[["x-a","b:c"],["y",""]]},"others":[],"othersLeftOut":0}',
    ],
    ['GET /debug/settings', 200, '{"workers":2}'],
    ['GET /debug/heap', 200, '{"process":{"rss":1}}'],
    ['GET /explain', 400, 'the query needs a url'],
    ['GET /explain?url=x', 400, '"x" is no URL'],
    ['GET /explain?url=http://a/&header=b', 400, '"b" is no header'],
    ['POST /debug/logs', 400, 'the query needs a level: trace, debug, info, warn, error, fatal, silent'],
    ['POST /debug/logs?level=loud', 400, 'the query needs a level: '],
    ['GET /', 404, 'there is nothing at /'],
    ['GET /routes/', 404, 'there is nothing at /routes/'],
    ['GET /routesX', 404, 'there is nothing at /routesX'],
    ['GET /routes/shop/gone', 404, 'there is no route shop/gone'],
    ['GET /upstreams/gone', 404, 'there is no upstream gone'],
    ['GET /plugins/gone', 404, 'there is no plugin gone'],
    ['DELETE /plugins/gone', 404, 'there is no plugin gone'],
    ['POST /plugins/gone', 404, 'there is no plugin gone'],
    ['GET /routes/%zz', 400, 'malformed escape'],
    ['POST /health', 405, '/health takes GET'],
    ['DELETE /routes/shop/cart', 405, '/routes/shop/cart takes GET'],
    ['PUT /plugins/shop/p', 405, '/plugins/shop/p takes GET, POST, DELETE'],
  ];
  for (const [line, status, part] of answers) {
    it(`answers ${line} with ${status}`, async () => {
      const { body, headers, ...answer } = await ask(await start(viewOf('serve', unloaded)), line);
      expect(answer.status).to.equal(status);
      expect(headers).to.include({
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
      });
      const json: unknown = JSON.parse(body);
      if (status === 200) expect(JSON.stringify(json)).to.equal(part);
      else expect(json).to.have.nested.property('error.message').that.includes(part);
      if (status === 405) expect(part.endsWith(` ${String(headers['allow'])}`)).to.equal(true);
      expect(unloaded).to.deep.equal([]);
    });
  }

  it('shows the settings of middlewares without the hashes of passwords', async () => {
    const { body } = await ask(await start(viewOf('serve', unloaded)), 'GET /routes/shop/cart');
    expect(JSON.parse(body)).to.have.nested.property('rules[0].middleware.basicAuth').that.deep.equals({
      realm: 'shop',
      removeCredentials: false,
    });
  });

  for (const [path, key] of [
    ['/routes/shop/cart', 'id'],
    ['/routes/shop%2Fcart', 'id'],
    ['/upstreams/shop/web:80', 'name'],
    ['/upstreams/shop%2fweb%3A80', 'name'],
    ['/plugins/shop/p', 'name'],
  ] as const) {
    it(`takes the name with its slash from ${path}`, async () => {
      const { status, body } = await ask(await start(viewOf('serve', unloaded)), `GET ${path}`);
      const json = JSON.parse(body) as Record<string, unknown>;
      expect([status, json[key]]).to.deep.equal([200, decodeURIComponent(path).replace(/^\/\w+\//, '')]);
    });
  }

  it('shows who uses what, and what became of it', async () => {
    const port = await start(viewOf('serve', unloaded));
    const get = async (path: string): Promise<Record<string, unknown>> =>
      JSON.parse((await ask(port, `GET ${path}`)).body) as Record<string, unknown>;
    expect(await get('/upstreams/shop/web:80')).to.deep.include({
      usedBy: ['shop/cart'],
      endpoints: [{ ...endpoint, healthy: true, inFlight: 3 }],
      conditions: [{ type: 'Accepted', status: 'True', reason: 'LoomUpstream:shop/web:80', message: '' }],
    });
    expect(await get('/plugins/shop/p')).to.deep.include({
      usedBy: ['shop/cart'],
      loaded: false,
      problem: 'gone',
    });
    expect(await get('/routes/shop/cart'))
      .to.have.nested.property('rules[0].plugins')
      .that.deep.equals(['shop/cart', 'main']);
    expect(await get('/routes')).to.have.nested.property('routes[0].hosts[0]', '*');
  });

  it('answers HEAD as GET, without the body', async () => {
    const port = await start(viewOf('serve', unloaded));
    const [get, head] = [await ask(port, 'GET /info'), await ask(port, 'HEAD /info')];
    expect([head.status, head.body]).to.deep.equal([200, '']);
    expect(head.headers['content-length']).to.equal(String(get.body.length));
  });

  it('says why it is not ready', async () => {
    const port = await start(viewOf('serve', unloaded, ['shutting down']));
    const { status, body } = await ask(port, 'GET /ready');
    expect([status, JSON.parse(body)]).to.deep.equal([503, { ready: false, reasons: ['shutting down'] }]);
  });

  it('answers 500 without details when something fails, and goes on', async () => {
    const port = await start(viewOf('serve', unloaded, ['x']));
    const { status, body } = await ask(port, 'GET /info');
    expect(status).to.equal(500);
    expect(body).to.include('"internal"').and.not.include('secret');
    expect((await ask(port, 'GET /health')).status).to.equal(200);
  });

  it('shows what the workers have counted about a plugin, and the chains that it is part of', async () => {
    const { body } = await ask(await start(viewOf('serve', unloaded)), 'GET /plugins/shop/p');
    expect(JSON.parse(body)).to.deep.include({
      ...report,
      targets: [{ route: route.id, rule: 'main', chain: [route.id, 'main'] }],
    });
  });

  it('sets the level of the log', async () => {
    const { status, body } = await ask(
      await start(viewOf('operator', unloaded)),
      'POST /debug/logs?level=debug',
    );
    expect([status, JSON.parse(body), unloaded]).to.deep.equal([200, { level: 'debug' }, ['debug']]);
  });

  it('gives a plugin new instances, in a cluster too', async () => {
    const { status } = await ask(await start(viewOf('operator', unloaded)), 'POST /plugins/shop/p');
    expect(status).to.equal(200);
    expect(unloaded).to.deep.equal(['-shop/p']);
  });

  it('unloads a plugin when Loom stands alone', async () => {
    const { status, body } = await ask(await start(viewOf('serve', unloaded)), 'DELETE /plugins/shop/p');
    expect([status, unloaded]).to.deep.equal([200, ['shop/p']]);
    expect(JSON.parse(body)).to.include({ name: 'shop/p' });
  });

  it('names the object to delete when a cluster owns the plugin, and does nothing', async () => {
    const { status, body } = await ask(await start(viewOf('operator', unloaded)), 'DELETE /plugins/shop/p');
    expect([status, unloaded]).to.deep.equal([409, []]);
    expect(body).to.include('owned-by-cluster').and.include('kubectl delete wasmplugin -n shop p');
  });

  it('gives the metrics at their path, and nowhere when they are off', async () => {
    const view = viewOf('serve', unloaded);
    const { status, headers, body } = await ask(await start(view, '/m'), 'GET /m');
    expect([status, headers['content-type'], body]).to.deep.equal([
      200,
      'text/plain; version=0.0.4',
      'loom_routes 1\n',
    ]);
    const off = new AdminServer({ host: '127.0.0.1', port: 0, metricsPath: undefined }, view, world().log);
    servers.push(off);
    expect((await ask((await off.listen()).port, 'GET /metrics')).status).to.equal(404);
  });

  it('says which address it cannot listen on', async () => {
    const view = viewOf('serve', unloaded);
    const port = await start(view);
    const message = await start(view, undefined, port).catch((error: Error) => error.message);
    expect(message).to.equal(`the admin API cannot listen on 127.0.0.1:${port}: EADDRINUSE`);
  });
});
