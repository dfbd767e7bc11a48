import { expect } from 'chai';
import { type Cluster, cluster, installCrds, network } from '../support/cluster.ts';
import { startBackend } from '../support/cluster-backend.ts';
import { apply, clear, createNamespace, loom, routeTo } from '../support/cluster-objects.ts';
import { backendOf, type Operator, serves, startOperator } from '../support/cluster-operator.ts';
import { annotatedService, slice } from '../support/cluster-service.ts';
import { until } from '../support/cluster-wait.ts';

const ns = 'services';
const port = 8000;
const endpoints = (hosts: readonly string[], ready = true) =>
  slice(
    ns,
    'shop',
    hosts.map((host) => `${network}.${host}`),
    port,
    ready,
  );

describe('Services with their EndpointSlices', () => {
  let kube: Cluster;
  let operator: Operator;
  let backends: Awaited<ReturnType<typeof startBackend>>[] = [];

  before(async function () {
    if (!network) this.skip();
    kube = await cluster();
    await installCrds(kube);
    await createNamespace(kube, ns);
    backends = await Promise.all(['11', '12'].map((host) => startBackend(host, `${network}.${host}`, port)));
    operator = await startOperator(kube);
  });
  afterEach(() => clear(kube, ns));
  after(async () => {
    await operator?.stop();
    await Promise.all(backends.map((backend) => backend.stop()));
  });

  /** Waits until exactly these backends answer 20 requests in a row. */
  const spread = (host: string, wanted: readonly string[]) =>
    until(`answers of ${wanted.join()}`, async () => {
      const seen = new Set<string>();
      for (let i = 0; i < 20; i++) seen.add(backendOf(await operator.get(host)));
      if ([...seen].toSorted().join() === wanted.join()) return true;
      throw new Error(`answers of ${[...seen].toSorted().join()}`);
    });

  it('are upstreams and routes by annotation alone', async () => {
    const routing = { 'loom.dev/route.web.host': 'annotated.test', 'loom.dev/route.web.path': '/web/*' };
    await apply(kube, annotatedService(ns, 'shop', routing), endpoints(['11']));
    await serves(operator, 'annotated.test', '11', '/web/page');
    expect((await operator.get('annotated.test', '/')).status).to.equal(404);

    await apply(kube, annotatedService(ns, 'shop', { ...routing, 'loom.dev/route.web.host': 'moved.test' }));
    await serves(operator, 'moved.test', '11', '/web/page');
    expect((await operator.get('annotated.test', '/web/page')).status).to.equal(404);

    await kube.kubectl(['delete', 'service/shop', '-n', ns]);
    await serves(operator, 'moved.test', '404', '/web/page');
  });

  it('are upstreams that a LoomRoute can name', async () => {
    await apply(kube, annotatedService(ns, 'shop'), endpoints(['11']), routeTo('shop', ns, 'named.test'));
    await serves(operator, 'named.test', '11');
    await kube.kubectl(['annotate', 'service/shop', 'loom.dev/upstream-', '-n', ns]);
    await serves(operator, 'named.test', '500');
  });

  const kinds = {
    'a serviceRef of a LoomRoute': (host: string) => [
      loom('LoomRoute', ns, 'by-service', {
        hosts: [host],
        rules: [{ name: 'all', backends: [{ serviceRef: { name: 'shop', port: 80 } }] }],
      }),
    ],
    'a serviceRef of a LoomUpstream': (host: string) => [
      loom('LoomUpstream', ns, 'by-service', { serviceRef: { name: 'shop', port: 80 } }),
      routeTo('by-service', ns, host),
    ],
    'an annotated Service': (host: string) => [routeTo('shop', ns, host)],
  };
  for (const [what, objects] of Object.entries(kinds)) {
    it(`follow the ready endpoints behind ${what}`, async () => {
      const host = 'slices.test';
      await apply(kube, annotatedService(ns, 'shop'), endpoints(['11']), ...objects(host));
      await spread(host, ['11']);
      await apply(kube, endpoints(['11', '12']));
      await spread(host, ['11', '12']);
      await apply(kube, endpoints(['12']));
      await spread(host, ['12']);
      await apply(kube, endpoints(['12'], false));
      await spread(host, ['503']);
      await kube.kubectl(['delete', 'endpointslice/shop-1', '-n', ns]);
      await apply(kube, endpoints(['11']));
      await spread(host, ['11']);
    });
  }

  it('get a Warning event that names an annotation nobody knows, and work all the same', async () => {
    const typo = { 'loom.dev/route.web.host': 'typo.test', 'loom.dev/upstream.balancing': 'Random' };
    await apply(kube, annotatedService(ns, 'shop', typo), endpoints(['11']));
    await serves(operator, 'typo.test', '11');
    const event = await until('event', async () => {
      const list: { items: { type: string; note: string; regarding: { name: string } }[] } = JSON.parse(
        await kube.kubectl(['get', 'events.events.k8s.io', '-n', ns, '-o', 'json']),
      );
      return list.items.find(
        ({ regarding, note }) => regarding.name === 'shop' && note.includes('loom.dev/upstream.balancing'),
      );
    });
    expect(event.type).to.equal('Warning');
  });
});
