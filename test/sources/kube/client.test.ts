import { expect } from 'chai';
import { Client, type Watcher } from '../../../src/sources/kube/client.ts';
import type { Credentials } from '../../../src/sources/kube/connection.ts';
import type { WatchEvent } from '../../../src/sources/kube/watch-event.ts';
import { KubeServer } from '../../support/kube-server.ts';
import { eventually } from '../../support/wait.ts';

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

  it('asks below the path of the server', async () => {
    await client.close();
    client = new Client({ server: `${server.url}/k8s/clusters/c-1`, origin: 'test', read: () => read() });
    server.fault = () => ({ status: 200, body: { metadata: { resourceVersion: '7' }, items: [] } });
    expect(await client.list(path, { limit: '5' }, signal)).to.deep.equal({ items: [], version: '7' });
    expect(server.requests.at(-1)?.path).to.equal(`/k8s/clusters/c-1${path}`);
  });

  describe('watching', () => {
    let stop: AbortController;
    let names: string[];
    let opened: number;
    const watcher = {
      opened: () => void opened++,
      event: ({ object }: WatchEvent): void => void names.push(object.metadata.name),
    };
    const follow = (of: Watcher = watcher): Promise<unknown> =>
      client
        .watch('/api/v1/services', { resourceVersion: '100' }, of, stop.signal)
        .then(() => 'ended')
        .catch((error: unknown) => error);
    const event = (name: string): string =>
      `${JSON.stringify({ type: 'ADDED', object: { metadata: { name, resourceVersion: '101' } } })}\n`;
    beforeEach(() => {
      stop = new AbortController();
      names = [];
      opened = 0;
    });
    afterEach(() => stop.abort());

    it('gives events as they come, whatever they are cut into, until the server ends it', async () => {
      const over = follow();
      await eventually('it is open', () => opened === 1 && server.watches.length === 1);
      const bytes = Buffer.from(event('a') + event('\u00fc') + event('\u{1f9f5}'));
      for (const byte of bytes) server.write(Buffer.of(byte));
      await eventually('all events', () => names.length === 3);
      expect(names).to.deep.equal(['a', '\u00fc', '\u{1f9f5}']);
      server.endWatches();
      expect(await over).to.equal('ended');
      expect(opened).to.equal(1);
    });

    it('ends with what its reader throws, and closes the connection', async () => {
      const problem = new Error('no');
      const over = follow({
        ...watcher,
        event: () => {
          throw problem;
        },
      });
      await eventually('it is open', () => server.watches.length === 1);
      server.write(event('a') + event('b'));
      expect(await over).to.equal(problem);
      await eventually('the connection is closed', () => server.watches.length === 0);
      expect(names).to.deep.equal([]);
    });

    it('ends at once when nobody wants it any more, open or not', async () => {
      const open = follow();
      await eventually('it is open', () => opened === 1);
      server.fault = () => 'silence';
      const silent = follow();
      await eventually('it is asked', () => server.watchRequests.length === 2);
      const reason = new Error('enough');
      stop.abort(reason);
      expect(await open).to.equal(reason);
      expect(await silent).to.equal(reason);
      await eventually('the connection is closed', () => server.watches.length === 0);
    });

    it('does not open for a refusal, and says what the server says', async () => {
      server.fault = () => ({ status: 410, body: { code: 410, reason: 'Expired', message: 'too old' } });
      expect(await follow()).to.include({ status: 410, reason: 'Expired' });
      expect(opened).to.equal(0);
    });

    it('fails when the connection is cut', async () => {
      const over = follow();
      await eventually('it is open', () => opened === 1 && server.watches.length === 1);
      server.resetWatches();
      expect(await over).to.be.instanceOf(Error);
    });
  });
});
