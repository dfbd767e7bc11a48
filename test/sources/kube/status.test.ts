import { expect } from 'chai';
import { Client } from '../../../src/sources/kube/client.ts';
import { watchedKinds, type WatchedKind } from '../../../src/sources/kube/kinds.ts';
import { RateLimit } from '../../../src/sources/kube/rate-limit.ts';
import { StatusWriter } from '../../../src/sources/kube/status.ts';
import { Store, type StorePart } from '../../../src/sources/kube/store.ts';
import type { ObjectStatus } from '../../../src/sources/objects.ts';
import { makeLogger } from '../../../src/telemetry/log.ts';
import { KubeServer } from '../../support/kube-server.ts';
import { eventually } from '../../support/wait.ts';

const routes = '/apis/loom.dev/v1alpha1/loomroutes';

describe('the status writer', () => {
  let server: KubeServer;
  let client: Client;
  let store: Store;
  let part: StorePart;
  let writer: StatusWriter;
  let leads: boolean;
  let addresses: string | undefined;
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    server = await new KubeServer().start();
    client = new Client({
      server: server.url,
      origin: 'test',
      read: () => Promise.resolve({ headers: {}, tls: {} }),
    });
    store = new Store();
    part = store.part(watchedKinds.find(({ kind }) => kind === 'LoomRoute') as WatchedKind);
    leads = true;
    addresses = '';
    stop = new AbortController();
    const backoff = { minMs: 20, maxMs: 100 };
    const asked = { leads: () => leads, addresses: () => addresses };
    const limit = new RateLimit(10, 1000);
    writer = new StatusWriter({ client, store, ...asked, log: makeLogger('silent'), backoff, limit });
    running = writer.run(stop.signal);
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await client.close();
    await server.stop();
  });

  const add = (name: string): void =>
    void part.apply(server.put(routes, { metadata: { namespace: 'shop', name }, spec: {} }));
  const statuses = (names: readonly string[], message: string): ReadonlyMap<string, ObjectStatus> =>
    new Map(
      names.map((name) => [
        `LoomRoute:shop/${name}`,
        {
          object: store.objects.LoomRoute.get(`shop/${name}`) ?? {
            apiVersion: '',
            kind: '',
            metadata: { name, namespace: 'shop' },
          },
          conditions: [{ type: 'Accepted', status: 'True', reason: 'Accepted', message }],
          warnings: [],
        },
      ]),
    );
  const written = (): string[] =>
    server.requests.filter(({ method }) => method === 'PATCH').map(({ path }) => path);
  const shows = (name: string, message: string): Promise<unknown> =>
    eventually(`${name} shows ${message}`, () =>
      JSON.stringify(server.object(routes, `shop/${name}`)).includes(`"${message}"`),
    );

  it('applies conditions to the status, and only once', async () => {
    add('a');
    writer.set(statuses(['a'], 'one'));
    await shows('a', 'one');
    await eventually('answer', () => store.shown('LoomRoute:shop/a').length === 1);
    writer.set(statuses(['a'], 'one'));
    add('b');
    writer.set(statuses(['a', 'b'], 'one'));
    await shows('b', 'one');
    expect(written()).to.deep.equal(
      ['a', 'b'].map((name) => `/apis/loom.dev/v1alpha1/namespaces/shop/loomroutes/${name}/status`),
    );
    const [request] = server.requests;
    expect(request?.headers['content-type']).to.equal('application/apply-patch+yaml');
    expect(request?.query).to.deep.equal({ fieldManager: 'loom', force: 'true' });
    expect(Object.keys(request?.body ?? {})).to.have.members(['apiVersion', 'kind', 'metadata', 'status']);
    expect((request?.body as { metadata: object } | undefined)?.metadata).to.deep.equal({
      namespace: 'shop',
      name: 'a',
      uid: 'uid-a',
    });
  });

  it('writes nothing while another leads, and everything when it leads', async () => {
    leads = false;
    add('a');
    writer.set(statuses(['a'], 'one'), new Set(['LoomRoute:shop/a']));
    expect(written()).to.deep.equal([]);
    leads = true;
    writer.set(statuses(['a'], 'one'));
    await shows('a', 'one');
  });

  it('does not write what it queued when it leads no longer', async () => {
    add('a');
    add('b');
    server.fault = () => ({ status: 500 });
    writer.set(statuses(['a'], 'one'));
    await eventually('a failure', () => written().length >= 1);
    leads = false;
    server.fault = () => undefined;
    const before = written().length;
    writer.set(statuses(['a', 'b'], 'two'));
    leads = true;
    writer.set(statuses(['b'], 'three'));
    await shows('b', 'three');
    expect(
      written()
        .slice(before)
        .every((path) => path.endsWith('/b/status')),
    ).to.equal(true);
  });

  it('writes only the newest of many changes', async () => {
    add('a');
    server.fault = () => ({ status: 503 });
    writer.set(statuses(['a'], 'first'));
    await eventually('a failure', () => written().length > 0);
    for (let i = 0; i < 50; i++) writer.set(statuses(['a'], `change ${i}`));
    server.fault = () => undefined;
    await shows('a', 'change 49');
    const bodies = server.requests.filter(({ method }) => method === 'PATCH').slice(1);
    expect(JSON.stringify(bodies.map(({ body }) => body))).not.to.match(/change ([0-9]|[1-3][0-9]|4[0-8])"/);
  });

  for (const answer of ['answered', 'lost'] as const) {
    it(`takes back what is revoked while it is being written, and ${answer}`, async () => {
      add('a');
      writer.set(statuses(['a'], 'before'));
      await eventually('answer', () => store.shown('LoomRoute:shop/a').length === 1);
      server.fault = ({ body }) => {
        server.fault = () => undefined;
        writer.set(statuses(['a'], 'before'));
        if (answer === 'answered') return undefined;
        server.put(routes, body as object);
        return 'reset';
      };
      writer.set(statuses(['a'], 'revoked'));
      await eventually('both writes', () => written().length === 3);
      await shows('a', 'before');
    });
  }

  it('writes at most ten times a second', async () => {
    const names = Array.from({ length: 15 }, (_, i) => `r${i}`);
    for (const name of names) add(name);
    const began = performance.now();
    writer.set(statuses(names, 'one'));
    await eventually('ten', () => written().length >= 10);
    await eventually('the eleventh', () => written().length >= 11);
    expect(performance.now() - began).to.be.greaterThan(950);
    await shows('r14', 'one');
  });

  for (const status of [404, 409]) {
    it(`forgets an object that answers ${status}`, async () => {
      add('a');
      add('b');
      server.fault = ({ path }) => (path.includes('/a/') ? { status } : undefined);
      writer.set(statuses(['a', 'b'], 'one'));
      await shows('b', 'one');
      expect(written().length).to.equal(2);
    });
  }

  it('lets all wait when the server asks for patience', async () => {
    add('a');
    add('b');
    server.fault = () => ({ status: 429, headers: { 'retry-after': '1' } });
    const began = performance.now();
    writer.set(statuses(['a', 'b'], 'one'));
    await eventually('two refusals', () => written().length === 2);
    server.fault = () => undefined;
    add('c');
    writer.set(statuses(['a', 'b', 'c'], 'one'));
    for (const name of ['a', 'b', 'c']) await shows(name, 'one');
    expect(performance.now() - began).to.be.greaterThan(950);
  });

  it('writes addresses into routes, and takes them away, without a change of conditions', async () => {
    const shown = (name: string): unknown => {
      const { status } = (server.object(routes, `shop/${name}`) ?? {}) as {
        status?: { loadBalancer?: unknown };
      };
      return status?.loadBalancer;
    };
    add('a');
    addresses = '192.0.2.1';
    writer.set(statuses(['a'], 'one'));
    await eventually('an address', () => store.addresses('LoomRoute:shop/a') === '192.0.2.1');
    expect(shown('a')).to.deep.equal({ ingress: [{ ip: '192.0.2.1' }] });
    writer.readdress();
    addresses = 'lb.test';
    writer.readdress();
    await eventually('a name', () => store.addresses('LoomRoute:shop/a') === 'lb.test');
    addresses = '';
    writer.readdress();
    await eventually('none', () => store.addresses('LoomRoute:shop/a') === '');
    expect(shown('a')).to.equal(undefined);
    expect(written()).to.have.length(3);
  });

  it('writes addresses back that were others only while they were being written', async () => {
    add('a');
    addresses = '192.0.2.1';
    writer.set(statuses(['a'], 'one'));
    await eventually('an address', () => store.addresses('LoomRoute:shop/a') === '192.0.2.1');
    server.fault = () => {
      server.fault = () => undefined;
      addresses = '192.0.2.1';
      writer.readdress();
      return undefined;
    };
    addresses = '192.0.2.2';
    writer.readdress();
    await eventually('both writes', () => written().length === 3);
    await eventually('the address', () => store.addresses('LoomRoute:shop/a') === '192.0.2.1');
  });

  it('writes back the addresses that a route shows while it does not know them', async () => {
    addresses = undefined;
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };
    void part.apply(server.put(routes, { metadata: { namespace: 'shop', name: 'a' }, spec: {}, status }));
    writer.set(statuses(['a'], 'one'));
    await shows('a', 'one');
    expect(server.object(routes, 'shop/a')?.['status']).to.deep.include(status);
    writer.readdress();
    add('b');
    writer.set(statuses(['a', 'b'], 'one'));
    await shows('b', 'one');
    expect(written()).to.have.length(2);
  });

  it('leaves the objects of other groups alone', async () => {
    add('a');
    const object = { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'shop', name: 's' } };
    const [status] = statuses(['a'], 'one').values();
    if (status)
      writer.set(
        new Map([
          ['Service:shop/s', { ...status, object }],
          ['LoomRoute:shop/a', status],
        ]),
      );
    await shows('a', 'one');
    expect(written().length).to.equal(1);
  });
});
