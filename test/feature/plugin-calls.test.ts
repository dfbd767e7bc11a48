import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { echoBackend, startBackend, type Backend, type Echo } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { bothSources, type World } from '../support/world.ts';
import { freePort } from '../support/free-port.ts';

const plugin = `${process.cwd()}/plugins/examples/http-auth/build/http-auth.wasm`;

bothSources('a plugin that asks another service', (start) => {
  let backend: Backend;
  let auth: Backend;
  let waiting: (() => void)[];

  before(async () => {
    backend = await echoBackend('shop');
    auth = await startBackend(answer);
  });
  after(async () => {
    await backend.close();
    await auth.close();
  });
  beforeEach(() => {
    waiting = [];
  });
  afterEach(() => waiting.splice(0).forEach((go) => go()));

  function answer({ headers }: IncomingMessage, response: ServerResponse): void {
    const who = headers.authorization ?? '';
    const say = (): void => {
      response.statusCode = who.startsWith('bad') ? 403 : 200;
      response.setHeader('x-user', who);
      response.end(who.startsWith('bad') ? 'not you' : '');
    };
    if (who.includes('slow')) waiting.push(say);
    else say();
  }

  const config = (port: number, more = '{}', grants = '[auth]'): string => `
routes:
  - { id: api, path: /*, upstream: shop, plugins: [{ name: auth, config: ${JSON.stringify({
    upstream: 'auth',
    path: '/check',
    copyHeaders: ['x-user'],
    timeoutMs: 30_000,
    ...(JSON.parse(more) as object),
  })} }] }
upstreams:
  - { name: shop, endpoints: ["127.0.0.1:${backend.port}"] }
  - { name: auth, endpoints: ["127.0.0.1:${port}"] }
plugins:
  - { name: auth, path: ${plugin}, capabilities: { upstreams: ${grants} } }
`;

  const ask = (world: World, who: string): Promise<Response> =>
    fetch(`${world.url}/cart`, { headers: { authorization: who } });

  it('lets requests through, or answers them, as that service says', async () => {
    const world = await start(config(auth.port));
    const through = await ask(world, 'ann');
    expect(through.status).to.equal(200);
    expect(((await through.json()) as Echo).headers['x-user']).to.equal('ann');
    const denied = await ask(world, 'bad');
    expect([denied.status, await denied.text()]).to.deep.equal([403, 'not you']);
    const scrape = await (await fetch(`${world.admin}/metrics`)).text();
    const [name, id] = [world.id('auth'), world.id('auth')];
    expect(scrape).to.include(
      `loom_plugin_upstream_calls_total{plugin="${name}",upstream="${id}",outcome="ok"} 2`,
    );
  });

  it('asks for many requests at once, without one waiting for another', async () => {
    const world = await start(config(auth.port));
    const slow = Array.from({ length: 20 }, () => ask(world, 'slow'));
    await eventually('all are asked about', () => waiting.length === 20);
    const quick = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(world, i % 2 ? 'bad' : 'ann')));
    expect(quick.map(({ status }) => status)).to.deep.equal(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? 403 : 200)),
    );
    waiting.splice(0).forEach((go) => go());
    expect((await Promise.all(slow)).map(({ status }) => status)).to.deep.equal(slow.map(() => 200));
  });

  it('gives up on a slow answer after the timeout of the call', async () => {
    const world = await start(config(auth.port, '{"timeoutMs":50}'));
    const answered = await ask(world, 'slow');
    expect([answered.status, await answered.text()]).to.deep.equal([
      503,
      'the authorization service does not answer\n',
    ]);
  });

  it('answers when that service is down, and goes on when it is back', async () => {
    const world = await start(config(await freePort()));
    expect((await ask(world, 'ann')).status).to.equal(503);
    await world.edit(config(auth.port));
    expect((await ask(world, 'ann')).status).to.equal(200);
  });

  it('says in the log what to grant', async () => {
    const world = await start(config(auth.port, '{}', '[other]'));
    expect((await ask(world, 'ann')).status).to.equal(503);
    await eventually('the log says it', () =>
      world.log.some(({ remedy }) => remedy === `add ${world.id('auth')} to capabilities.upstreams`),
    );
  });

  it('calls an address that it is granted', async () => {
    const address = `127.0.0.1:${auth.port}`;
    const world = await start(config(1, `{"upstream":"${address}"}`, `["${address}"]`));
    expect((await ask(world, 'ann')).status).to.equal(200);
  });

  it('forgets about a client that is gone, and the answer to its request', async () => {
    const world = await start(config(auth.port));
    const before = backend.seen.length;
    const socket = connect(world.port, '127.0.0.1');
    socket.write('GET /gone HTTP/1.1\r\nhost: a\r\nauthorization: slow\r\n\r\n');
    await eventually('it is asked about', () => waiting.length === 1);
    socket.destroy();
    await eventually('the access log knows', () =>
      world.log.some(({ path, status }) => path === '/gone' && status !== 200),
    );
    waiting.splice(0).forEach((go) => go());
    expect((await ask(world, 'ann')).status).to.equal(200);
    expect(backend.seen.slice(before).map(({ url }) => url)).to.deep.equal(['/cart']);
  });

  it('ends a request with the plugin that it began with, when the plugin is replaced meanwhile', async () => {
    const world = await start(config(auth.port));
    const slow = ask(world, 'slow');
    await eventually('it is asked about', () => waiting.length === 1);
    await world.edit(config(auth.port, '{"copyHeaders":[]}'));
    const now = (await (await ask(world, 'ann')).json()) as Echo;
    expect(now.headers['x-user']).to.equal(undefined);
    waiting.splice(0).forEach((go) => go());
    const then = (await (await slow).json()) as Echo;
    expect(then.headers['x-user']).to.equal('slow');
  });

  it('holds a thousand requests at once, and lets all of them go', async function () {
    this.timeout(150_000);
    const world = await start(config(auth.port, '{"timeoutMs":60000}'));
    const statuses = Array.from(
      { length: 1000 },
      () =>
        new Promise<number | undefined>((resolve, reject) => {
          const asked = request(
            `${world.url}/`,
            { agent: false, headers: { authorization: 'slow' } },
            (response) => {
              response.resume().on('end', () => resolve(response.statusCode));
            },
          );
          asked.on('error', reject).end();
        }),
    );
    await eventually('all of them wait', () => waiting.length === 1000, 40);
    waiting.splice(0).forEach((go) => go());
    expect(new Set(await Promise.all(statuses))).to.deep.equal(new Set([200]));
  });
});
