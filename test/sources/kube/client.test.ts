import { expect } from 'chai';
import { Client } from '../../../src/sources/kube/client.ts';
import type { Credentials } from '../../../src/sources/kube/connection.ts';
import { KubeServer } from '../../support/kube-server.ts';

const { signal } = new AbortController();
const path = '/api/v1/namespaces/shop/services';

describe('the client', () => {
  let server: KubeServer;
  let client: Client;
  let reads: number;
  let read: () => Promise<Credentials>;

  beforeEach(async () => {
    server = await new KubeServer().start();
    reads = 0;
    read = () => Promise.resolve({ headers: { authorization: `Bearer ${++reads}` }, tls: {} });
    client = new Client({ server: server.url, origin: 'test', read: () => read() });
  });
  afterEach(async () => {
    await client.close();
    await server.stop();
  });
  const failure = (): Promise<unknown> => client.list(path, {}, signal).catch((error: unknown) => error);

  it('asks for credentials once for many requests', async () => {
    await Promise.all(Array.from({ length: 5 }, () => client.list(path, {}, signal)));
    await client.list(path, {}, signal);
    expect(reads).to.equal(1);
    expect(new Set(server.requests.map(({ headers }) => headers.authorization))).to.deep.equal(
      new Set(['Bearer 1']),
    );
  });

  it('asks for others after 401', async () => {
    await client.list(path, {}, signal);
    server.fault = () => ({ status: 401, body: { reason: 'Unauthorized' } });
    expect(await failure()).to.include({ status: 401, reason: 'Unauthorized' });
    server.fault = () => undefined;
    await client.list(path, {}, signal);
    expect(server.requests.at(-1)?.headers.authorization).to.equal('Bearer 2');
  });

  it('asks again after credentials could not be had', async () => {
    const good = read;
    read = () => Promise.reject(new Error('no token'));
    expect(await failure()).to.have.property('message', 'no token');
    read = good;
    await client.list(path, {}, signal);
  });

  it('says what the server says', async () => {
    server.fault = () => ({
      status: 429,
      headers: { 'retry-after': '7' },
      body: { kind: 'Status', reason: 'TooManyRequests', message: 'slow down' },
    });
    expect(await failure()).to.include({
      name: 'ApiError',
      status: 429,
      reason: 'TooManyRequests',
      retryAfterMs: 7000,
      message: 'the API server answers 429: slow down',
    });
  });

  it('says what something else says in the place of the server', async () => {
    server.fault = () => ({ status: 502, body: '<h1>Bad Gateway</h1>' });
    expect(await failure()).to.include({
      status: 502,
      reason: '',
      message: 'the API server answers 502: <h1>Bad Gateway</h1>',
    });
  });

  it('refuses a list that is none', async () => {
    server.fault = () => ({ status: 200, body: { items: [] } });
    expect(await failure()).to.be.instanceOf(Error);
  });

  it('updates only the version that it knows', async () => {
    const service = server.put('/api/v1/services', { metadata: { namespace: 'shop', name: 'a' } });
    const one = `${path}/a`;
    await client.update(one, service, signal);
    const error = await client.update(one, service, signal).catch((e: unknown) => e);
    expect(error).to.include({ status: 409, reason: 'Conflict' });
    expect((await client.get<typeof service>(one, signal)).metadata.name).to.equal('a');
  });
});
