import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { echoBackend, startBackend, type Backend, type Echo } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { startWorld, type World } from '../support/world.ts';
import { freePort } from '../support/free-port.ts';

const plugin = `${process.cwd()}/plugins/examples/http-auth/build/http-auth.wasm`;
const tokens = new Map([
  ['Bearer ann', 200],
  ['Bearer eve', 403],
  ['Bearer broken', 500],
  ['Bearer moved', 302],
]);

describe('http-auth over real sockets', () => {
  let shop: Backend;
  let auth: Backend;
  let world: World;

  before(async () => {
    shop = await echoBackend('shop');
    auth = await startBackend(({ headers }, response) => {
      if (headers.authorization === 'Bearer slow') return;
      response.statusCode = tokens.get(headers.authorization ?? '') ?? 401;
      if (response.statusCode === 401) response.setHeader('www-authenticate', 'Bearer realm="shop"');
      response.setHeader('x-user', 'ann').setHeader('x-plan', 'gold').end(`said ${response.statusCode}`);
    });
    world = await startWorld(config(auth.port));
  });
  after(async () => {
    await world?.stop('SIGKILL');
    await shop?.close();
    await auth?.close();
  });

  const settings = (timeoutMs: number): string =>
    `{ upstream: auth, authority: auth.internal, path: "/check?a=b", copyHeaders: [x-user, x-role], timeoutMs: ${timeoutMs} }`;
  const config = (port: number, grants = '[auth]'): string => `
routes:
  - { id: all, path: /*, upstream: shop, plugins: [auth] }
  - { id: hasty, path: /hasty, upstream: shop, plugins: [{ name: auth, config: ${settings(300)} }] }
upstreams:
  - { name: shop, endpoints: ["127.0.0.1:${shop.port}"] }
  - { name: auth, endpoints: ["127.0.0.1:${port}"] }
plugins:
  - name: auth
    path: ${plugin}
    config: ${settings(30_000)}
    capabilities: { upstreams: ${grants} }
`;
  const ask = (headers: Record<string, string>, path = '/cart?x=1'): Promise<Response> =>
    fetch(world.url + path, { headers });

  it('lets a request pass with what the service says of the client, and not with what the client says', async () => {
    const response = await ask({
      authorization: 'Bearer ann',
      'x-user': 'root',
      'x-role': 'admin',
      'x-plan': 'own',
    });
    const { headers } = (await response.json()) as Echo;
    expect(response.status).to.equal(200);
    expect([headers['x-user'], headers['x-role'], headers['x-plan']]).to.deep.equal([
      'ann',
      undefined,
      'own',
    ]);
  });

  it('asks for each request by itself, with its method, path and credentials', async () => {
    const before = auth.seen.length;
    await ask({ authorization: 'Bearer ann', cookie: 'c=1', 'x-other': 'o' });
    const [question, more] = auth.seen.slice(before);
    expect(more).to.equal(undefined);
    expect([question?.method, question?.url]).to.deep.equal(['GET', '/check?a=b']);
    expect(question?.headers).to.include({
      host: 'auth.internal',
      authorization: 'Bearer ann',
      cookie: 'c=1',
      'x-original-method': 'GET',
      'x-original-path': '/cart?x=1',
    });
    expect(question?.headers).not.to.have.property('x-other');
  });

  for (const [what, authorization, status, text, challenge] of [
    ['401 with the challenge', 'Bearer nobody', 401, 'said 401', 'Bearer realm="shop"'],
    ['403', 'Bearer eve', 403, 'said 403', null],
    ['503 when the service fails', 'Bearer broken', 503, 'the authorization service does not answer\n', null],
    [
      '503 when it sends somewhere else',
      'Bearer moved',
      503,
      'the authorization service does not answer\n',
      null,
    ],
    ['503 when it takes too long', 'Bearer slow', 503, 'the authorization service does not answer\n', null],
  ] as const) {
    it(`answers ${what}, and no upstream hears of the request`, async () => {
      const before = shop.seen.length;
      const response = await ask({ authorization }, authorization === 'Bearer slow' ? '/hasty' : undefined);
      expect([
        response.status,
        await response.text(),
        response.headers.get('www-authenticate'),
      ]).to.deep.equal([status, text, challenge]);
      expect(shop.seen.length).to.equal(before);
    });
  }

  it('answers 503 while the service is down, and asks again when it is back', async () => {
    const port = await freePort();
    await world.edit(config(port));
    const before = shop.seen.length;
    expect((await ask({ authorization: 'Bearer ann' })).status).to.equal(503);
    expect(shop.seen.length).to.equal(before);
    const back: Server = createServer((_request, response) => response.end());
    await new Promise<void>((resolve) => back.listen(port, '127.0.0.1', resolve));
    expect((back.address() as AddressInfo).port).to.equal(port);
    try {
      await eventually('requests pass again', async () => (await ask({ authorization: 'Bearer ann' })).ok);
    } finally {
      back.closeAllConnections();
      await new Promise((resolve) => back.close(resolve));
    }
  });

  it('answers 503 when it may not ask, and the log says what to grant', async () => {
    const before = [shop.seen.length, auth.seen.length];
    await world.edit(config(auth.port, '[other]'));
    const response = await ask({ authorization: 'Bearer ann' });
    expect([response.status, await response.text()]).to.deep.equal([
      503,
      'the authorization service is not known\n',
    ]);
    expect([shop.seen.length, auth.seen.length]).to.deep.equal(before);
    const told = await eventually('the log says it', () =>
      world.log.find(({ remedy }) => remedy !== undefined),
    );
    expect(told).to.include({ level: 'warn', plugin: 'auth', remedy: 'add auth to capabilities.upstreams' });
  });
});
