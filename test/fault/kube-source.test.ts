import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ConfigMap } from '../../src/api/core.ts';
import { reflectorTiming } from '../../src/sources/kube/reflector.ts';
import { kubeSource, type KubeSource } from '../../src/sources/kube/source.ts';
import type { Kind } from '../../src/sources/objects.ts';
import { makeLogger } from '../../src/telemetry/log.ts';
import { KubeServer } from '../support/kube-server.ts';
import { eventually } from '../support/wait.ts';

const routes = '/apis/loom.dev/v1alpha1/loomroutes';
const grants = '/apis/gateway.networking.k8s.io/v1beta1/referencegrants';
const secrets = '/api/v1/secrets';
const configMaps = '/api/v1/configmaps';

describe('the Kubernetes source', () => {
  let server: KubeServer;
  let folder: string;
  let source: KubeSource;
  let stop: AbortController;
  let running: Promise<void>;
  let changes: Kind[];
  let up: Map<Kind, boolean>;
  let onChange: (kind: Kind) => void;

  beforeEach(async () => {
    server = await new KubeServer().start();
    server.fault = ({ path }) => (path === grants ? { status: 404 } : undefined);
    folder = mkdtempSync(join(tmpdir(), 'loom-kube-'));
    stop = new AbortController();
    running = Promise.resolve();
    changes = [];
    up = new Map();
    onChange = () => undefined;
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  async function start(namespaces: readonly string[] = [], namespaceSelector?: string): Promise<void> {
    const kubeconfig = join(folder, 'config');
    const config = {
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
      clusters: [{ name: 'k', cluster: { server: server.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token: 't' } }],
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
    source = await kubeSource({
      log: makeLogger('silent'),
      kubeconfig,
      namespaces,
      namespaceSelector,
      leaseNamespace: 'loom',
      timing: {
        reflector: { ...reflectorTiming, backoff: { minMs: 20, maxMs: 100 }, steadyMs: 100, absentMs: 50 },
        lease: { durationMs: 1000, renewMs: 500, retryMs: 60 },
      },
      observe: {
        watchUp: (kind, isUp) => up.set(kind, isUp),
        relist: () => undefined,
        error: () => undefined,
        event: () => undefined,
        leader: () => undefined,
        addresses: () => undefined,
      },
    });
    running = source.run(stop.signal, (kind) => {
      changes.push(kind);
      onChange(kind);
    });
  }
  const synced = (): Promise<unknown> => eventually('synced', () => source.synced);
  const route = (name: string, namespace = 'shop'): object => ({
    metadata: { namespace, name },
    spec: { rules: [] },
  });
  const secret = (name: string): object => ({
    metadata: { namespace: 'shop', name },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': 'YQ==' },
  });

  it('is synced when every kind was read, without the APIs that need not exist', async () => {
    server.put(routes, route('a'));
    let isHeld = true;
    server.fault = ({ path }) =>
      path === grants ? { status: 404 } : isHeld && path === '/api/v1/services' ? { status: 503 } : undefined;
    await start();
    await eventually('route', () => source.objects.LoomRoute.has('shop/a'));
    expect(source.synced).to.equal(false);
    isHeld = false;
    await synced();
    expect(new Set(changes)).to.include.keys('LoomRoute', 'Service', 'ReferenceGrant', 'ConfigMap');
    await eventually('open watch', () => up.get('LoomRoute'));
    expect(
      server.watchRequests.find(({ path }) => path.endsWith('/configmaps'))?.query['labelSelector'],
    ).to.equal('loom.dev/wasm=true');
  });

  it('is not synced without its own APIs, and becomes so when they come', async () => {
    server.fault = ({ path }) => (path === routes || path === grants ? { status: 404 } : undefined);
    await start();
    await eventually('three tries', () => server.lists.filter(({ path }) => path === routes).length >= 3);
    expect(source.synced).to.equal(false);
    server.fault = () => undefined;
    await synced();
  });

  it('watches only the namespaces that it is told', async () => {
    server.put(routes, route('a', 'one'));
    server.put(routes, route('b', 'two'));
    server.put(routes, route('c', 'three'));
    server.fault = () => undefined;
    await start(['one', 'two']);
    await synced();
    expect([...source.objects.LoomRoute.keys()].toSorted()).to.deep.equal(['one/a', 'two/b']);
    expect(server.lists.every(({ path }) => path.includes('/namespaces/'))).to.equal(true);
  });

  it('is synced when everything in the namespaces with labels was read, and waits for none that went before', async () => {
    const all = '/api/v1/namespaces';
    for (const name of ['one', 'two']) {
      server.put(all, { metadata: { name, labels: { watch: 'yes' } } });
      server.put(routes, route('a', name));
    }
    server.put(routes, route('a', 'three'));
    const isHeld = (path: string): boolean => path.includes('/namespaces/two/') || path === grants;
    server.fault = ({ path }) => (isHeld(path) ? { status: 503 } : undefined);
    await start([], 'watch=yes');
    await eventually('route', () => source.objects.LoomRoute.has('one/a'));
    await eventually('tries', () => server.lists.filter(({ path }) => path.includes('/two/')).length > 20);
    expect(source.synced).to.equal(false);
    server.delete(all, '/two');
    await synced();
    server.fault = () => undefined;
    server.put(all, { metadata: { name: 'three', labels: { watch: 'yes' } } });
    await eventually('another', () => source.objects.LoomRoute.has('three/a'));
    server.delete(all, '/one');
    await eventually('no route', () => !source.objects.LoomRoute.has('one/a'));
    expect([...source.objects.LoomRoute.keys()]).to.deep.equal(['three/a']);
  });

  it('is synced where no namespace has such labels, but not before that is known', async () => {
    server.fault = () => ({ status: 503 });
    await start([], 'watch=yes');
    await eventually('tries', () => server.lists.length > 2);
    expect(source.synced).to.equal(false);
    server.fault = () => undefined;
    await synced();
    expect(server.lists.every(({ path }) => path === '/api/v1/namespaces')).to.equal(true);
  });

  it('stays synced and keeps everything while the server is away', async () => {
    server.put(routes, route('a'));
    server.put(routes, route('b'));
    await start();
    await synced();
    await eventually('watch', () => up.get('LoomRoute'));
    await server.stop();
    await eventually('down', () => !up.get('LoomRoute'));
    server.delete(routes, 'shop/b');
    server.put(routes, route('c'));
    expect(source.synced).to.equal(true);
    expect([...source.objects.LoomRoute.keys()]).to.deep.equal(['shop/a', 'shop/b']);
    await server.start();
    await eventually('caught up', () => [...source.objects.LoomRoute.keys()].join() === 'shop/a,shop/c');
    await eventually('up', () => up.get('LoomRoute'));
  });

  it('goes on when the callback throws', async () => {
    onChange = () => {
      throw new Error('not my day');
    };
    server.put(routes, route('a'));
    await start();
    await synced();
    server.put(routes, route('b'));
    await eventually('both', () => source.objects.LoomRoute.size === 2);
  });

  it('follows wanted Secrets by name, also one that is forbidden or missing at first', async () => {
    server.put(secrets, secret('a'));
    server.put(secrets, secret('unasked'));
    await start();
    await synced();
    server.fault = ({ path, query }) =>
      path === grants
        ? { status: 404 }
        : query['fieldSelector'] === 'metadata.name=b'
          ? { status: 403 }
          : undefined;
    source.want(new Set(['shop/a', 'shop/b', 'shop/c', 'nonsense']), new Set());
    await eventually('a', () => source.objects.Secret.has('shop/a'));
    await eventually('refused', () => up.get('Secret') === false);
    expect(source.synced).to.equal(true);
    server.put(secrets, secret('b'));
    server.put(secrets, secret('c'));
    await eventually('c', () => source.objects.Secret.has('shop/c'));
    server.fault = ({ path }) => (path === grants ? { status: 404 } : undefined);
    await eventually('b', () => source.objects.Secret.has('shop/b'));
    expect([...source.objects.Secret.keys()].toSorted()).to.deep.equal(['shop/a', 'shop/b', 'shop/c']);
    source.want(new Set(['shop/b']), new Set());
    expect([...source.objects.Secret.keys()]).to.deep.equal(['shop/b']);
    source.want(new Set(['shop/a', 'shop/b']), new Set());
    await eventually('a again', () => source.objects.Secret.has('shop/a'));
    await eventually(
      'two watches',
      () => server.watches.filter(({ path }) => path.endsWith('/secrets')).length === 2,
    );
  });

  it('is settled when all that is wanted was looked up, found or not, and says so', async () => {
    server.put(secrets, secret('a'));
    await start();
    await synced();
    let isHeld = true;
    server.fault = ({ path, query }) => {
      if (path === grants) return { status: 404 };
      const field = query['fieldSelector'];
      if (field === 'metadata.name=forbidden') return { status: 403 };
      return isHeld && field === 'metadata.name=missing' ? 'silence' : undefined;
    };
    expect(source.settled).to.equal(true);
    source.want(new Set(['shop/a', 'shop/forbidden', 'shop/no/name']), new Set());
    expect(source.settled).to.equal(false);
    changes.length = 0;
    await eventually('settled', () => source.settled);
    expect(changes.filter((kind) => kind === 'Secret').length).to.be.at.least(2);
    source.want(new Set(['shop/a', 'shop/forbidden', 'shop/missing']), new Set());
    await eventually('asked', () =>
      server.lists.some(({ query }) => query['fieldSelector'] === 'metadata.name=missing'),
    );
    expect(source.settled).to.equal(false);
    source.want(new Set(['shop/a', 'shop/forbidden']), new Set());
    expect(source.settled, 'without it').to.equal(true);
    isHeld = false;
    source.want(new Set(['shop/a', 'shop/missing']), new Set());
    changes.length = 0;
    await eventually('settled again', () => source.settled);
    expect(changes).to.include('Secret');
  });

  it('follows wanted ConfigMaps by name, beside those with the label', async () => {
    const map = (name: string): ConfigMap => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'shop', name },
      data: { 'ca.crt': name },
    });
    server.put(configMaps, map('bundle'));
    server.put(configMaps, map('unasked'));
    await start();
    await synced();
    source.want(new Set(), new Set(['shop/bundle']));
    await eventually('the bundle', () => source.objects.ConfigMap.has('shop/bundle'));
    source.want(new Set(), new Set());
    expect(source.objects.ConfigMap.has('shop/bundle')).to.equal(false);
  });

  for (const [title, count, warnings, at] of [
    ['ten times a second in all, statuses and Events', 8, [], 10],
    ['five Events a second', 1, ['a', 'b', 'c', 'd', 'e'], 6],
  ] as const) {
    it(`writes ${title}`, async () => {
      const writes: { readonly at: number; readonly isEvent: boolean }[] = [];
      server.fault = ({ method, path }) => {
        if (method !== 'GET' && !path.includes('/leases'))
          writes.push({ at: performance.now(), isEvent: path.endsWith('/events') });
        return undefined;
      };
      for (let i = 0; i < count; i++) server.put(routes, route(`r${i}`));
      await start();
      await synced();
      const conditions = [{ type: 'Accepted', status: 'False', reason: 'Invalid', message: 'no' }] as const;
      const said = { conditions, warnings: warnings.map((message) => ({ reason: 'Unknown', message })) };
      const began = performance.now();
      source.report(
        new Map(
          [...source.objects.LoomRoute].map(([key, object]) => [`LoomRoute:${key}`, { object, ...said }]),
        ),
      );
      await eventually('all', () => writes.length === count * (2 + warnings.length));
      expect((writes[at]?.at ?? 0) - began).to.be.at.least(1000);
      expect(writes.slice(0, at).some(({ isEvent }) => isEvent)).to.equal(true);
    });
  }

  it('writes status as leader, gives the Lease back at the end, and leaves no connection', async () => {
    server.put(routes, route('a'));
    await start();
    await synced();
    const object = source.objects.LoomRoute.get('shop/a');
    if (!object) throw new Error('no route');
    const conditions = [{ type: 'Accepted', status: 'False', reason: 'Invalid', message: 'no' }] as const;
    // Before it leads: what was reported then is written later.
    source.report(new Map([['LoomRoute:shop/a', { object, conditions, warnings: [] }]]));
    await eventually('status', () => server.object(routes, 'shop/a')?.['status']);
    await eventually('event', () =>
      server.requests.some(({ path }) => path.endsWith('/namespaces/shop/events')),
    );
    changes.length = 0;
    server.put('/api/v1/services', { metadata: { namespace: 'shop', name: 's' } });
    await eventually('service', () => source.objects.Service.size === 1);
    expect(changes).to.deep.equal(['Service']);
    expect(source.objects.LoomRoute.get('shop/a')).to.equal(object);
    stop.abort();
    await running;
    const lease = server.object('/apis/coordination.k8s.io/v1/leases', 'loom/loom');
    expect((lease?.['spec'] as { holderIdentity: string } | undefined)?.holderIdentity).to.equal('');
    await eventually('no watch', () => server.watches.length === 0);
    expect(source.objects.LoomRoute.size).to.equal(1);
  });
});
