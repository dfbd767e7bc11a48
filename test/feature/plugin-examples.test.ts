import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { echoBackend, type Backend, type Echo } from '../support/backend.ts';
import { startWorld, type World } from '../support/world.ts';

const secret = 'sixteen-characters-or-more';

/** Each example as its README says it. */
const plugins = `
  - { name: hello, path: EXAMPLES/hello/build/hello.wasm }
  - { name: header-rewrite, path: EXAMPLES/header-rewrite/build/header-rewrite.wasm, config: { request: { x-request-from: loom }, response: { x-response-from: loom } } }
  - { name: rate-limit, path: EXAMPLES/rate-limit/build/rate-limit.wasm, config: { requestsPerSecond: 0.01, burst: 3, shared: true }, capabilities: { allow: [SharedData] } }
  - { name: jwt-check, path: EXAMPLES/jwt-check/build/jwt-check.wasm, phase: authn, config: { secret: ${secret}, claimHeaders: { sub: x-user } } }
`.replaceAll('EXAMPLES', `${process.cwd()}/plugins/examples`);

describe('the example plugins, over real sockets', () => {
  let backend: Backend;
  let world: World;

  before(async () => {
    backend = await echoBackend('main');
    const names = ['hello', 'header-rewrite', 'rate-limit', 'jwt-check'];
    world = await startWorld(`
routes:
${names.map((name) => `  - { id: ${name}, path: /${name}, upstream: main, plugins: [${name}] }`).join('\n')}
upstreams: [{ name: main, endpoints: ["127.0.0.1:${backend.port}"] }]
plugins: ${plugins}`);
  });
  after(async () => {
    await world?.stop('SIGKILL');
    await backend?.close();
  });

  const ask = (name: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${world.url}/${name}`, { headers });

  it('hello greets', async () => {
    expect((await ask('hello')).headers.get('x-hello')).to.equal('world');
  });

  it('header-rewrite sets headers both ways', async () => {
    const response = await ask('header-rewrite', { 'x-request-from': 'client' });
    expect(response.headers.get('x-response-from')).to.equal('loom');
    expect(((await response.json()) as Echo).headers['x-request-from']).to.equal('loom');
  });

  it('rate-limit lets its burst through and no more, over all workers', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) {
      const response = await ask('rate-limit', { connection: 'close' });
      statuses.push(response.status);
      if (response.status === 429) expect(Number(response.headers.get('retry-after'))).to.be.within(1, 100);
      await response.text();
    }
    expect(statuses).to.deep.equal([200, 200, 200, 429, 429, 429]);
  });

  it('jwt-check lets in who has a token, and tells who it is', async () => {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'HS256' })}.${part({ sub: 'ann' })}`;
    const token = `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    const response = await ask('jwt-check', { authorization: `Bearer ${token}`, 'x-user': 'root' });
    expect(((await response.json()) as Echo).headers['x-user']).to.equal('ann');
    const refused = await ask('jwt-check', { authorization: `Bearer ${token.slice(0, -2)}` });
    expect(refused.status).to.equal(401);
    expect(refused.headers.get('www-authenticate')).to.include('invalid_token');
  });
});
