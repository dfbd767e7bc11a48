import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { type Cluster, cluster, installCrds } from '../support/cluster.ts';
import { startBackend } from '../support/cluster-backend.ts';
import {
  apply,
  clear,
  conditions,
  createNamespace,
  routeTo,
  served,
  staticUpstream,
} from '../support/cluster-objects.ts';
import { launchOperator, type Operator, ready } from '../support/cluster-operator.ts';
import { until } from '../support/cluster-wait.ts';

const ns = 'addresses';
/** Loom does not watch it: only the one Service there. */
const front = 'addresses-front';
const user = 'publisher';
const routes = Array.from({ length: 30 }, (_, i) => `r${i}`);

describe('addresses of the load balancer', function () {
  this.timeout(240_000);
  let kube: Cluster;
  let operator: Operator;
  let backend: Awaited<ReturnType<typeof startBackend>>;

  before(async () => {
    kube = await cluster();
    await installCrds(kube);
    await createNamespace(kube, ns);
    await createNamespace(kube, front);
    backend = await startBackend('one');
    await apply(kube, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: front, name: 'loom' },
      spec: { type: 'LoadBalancer', ports: [{ name: 'http', port: 80 }] },
    });
    await give({ ip: '203.0.113.7' }, { hostname: 'lb.example.com' });
    operator = await launch();
    await until(
      'addresses that it knows',
      async () => (await operator.admin('/metrics')).body.includes('loom_published_addresses 2') || undefined,
    );
    // Kinds are followed each by itself: a route that comes first would be told, and counted, as one without its upstream.
    await apply(kube, staticUpstream(ns, 'shop', backend.address, backend.port));
    await conditions(kube, ns, 'lu/shop', served);
    await apply(kube, ...routes.map((name) => routeTo('shop', ns, `${name}.test`)));
  });
  after(async () => {
    await operator?.stop();
    if (kube) await clear(kube, ns, front);
    await backend?.stop();
  });

  const launch = async (): Promise<Operator> => {
    const scope = ['--namespaces', ns, '--lease-namespace', ns];
    const started = await launchOperator(kube, user, undefined, [
      ...scope,
      '--publish-service',
      `${front}/loom`,
    ]);
    await ready(started);
    return started;
  };

  /** What the controller of a cloud does when the load balancer is there, or is another one. */
  async function give(...ingress: readonly object[]): Promise<void> {
    const patch = JSON.stringify({ status: { loadBalancer: { ingress } } });
    const how = ['--subresource=status', '--type=merge', '-p', patch];
    await kube.kubectl(['patch', 'service/loom', '-n', front, ...how]);
  }

  /** Waits until the status of every route has exactly that. */
  const show = (loadBalancer: object | undefined): Promise<unknown> =>
    until(
      `routes that show ${JSON.stringify(loadBalancer)}`,
      async () => {
        const list: { items: Listed[] } = JSON.parse(
          await kube.kubectl(['get', 'lr', '-n', ns, '-o', 'json']),
        );
        const others = list.items.filter(
          ({ status }) => !isDeepStrictEqual(status?.loadBalancer, loadBalancer),
        );
        if (list.items.length >= routes.length && others.length === 0) return true;
        throw new Error(`${others.length} do not, such as ${JSON.stringify(others[0]?.status)}`);
      },
      90,
    );

  /** Times at which the API server was asked to write the status of a route. */
  const writes = async (): Promise<readonly number[]> =>
    (await kube.audit())
      .filter(({ verb, requestURI, user: { username } }) => {
        return verb === 'patch' && username === user && requestURI.includes(`/${ns}/loomroutes/r`);
      })
      .map(({ requestReceivedTimestamp }) => Date.parse(requestReceivedTimestamp));

  it('are in the status of every route, from a namespace that is not watched', async () => {
    await show({ ingress: [{ ip: '203.0.113.7' }, { hostname: 'lb.example.com' }] });
    for (const name of routes) await conditions(kube, ns, `lr/${name}`, served);
    expect((await writes()).length).to.be.at.most(routes.length * 1.2);
    const table = await kube.kubectl(['get', 'lr/r0', '-n', ns, '-o', 'wide', '--no-headers']);
    expect(table).to.match(/^r0\s+\["r0\.test"\]\s+True\s+True\s+True\s+203\.0\.113\.7\s/);
    expect((await operator.admin('/metrics')).body).to.include('loom_published_addresses 2');
  });

  it('are written once for each route when they change, and at most ten a second', async () => {
    const before = (await writes()).length;
    await give({ ip: '2001:db8::7' });
    await show({ ingress: [{ ip: '2001:db8::7' }] });
    const times = (await writes()).slice(before);
    expect(times).to.have.length.within(routes.length, routes.length * 1.2);
    // Ten at once, and then ten for each second.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).to.be.above(1500);
  });

  it('stay as they are when another leader comes', async () => {
    const before = (await writes()).length;
    await operator.stop();
    operator = await launch();
    await apply(kube, routeTo('shop', ns, 'next.test'));
    await conditions(kube, ns, 'lr/next', served);
    await show({ ingress: [{ ip: '2001:db8::7' }] });
    expect((await writes()).length).to.equal(before);
  });

  it('go when the Service has none any more, and when it goes', async () => {
    await give();
    await show(undefined);
    await give({ ip: '203.0.113.8', hostname: 'with-both.example.com' });
    await show({ ingress: [{ ip: '203.0.113.8' }] });
    await kube.kubectl(['delete', 'service/loom', '-n', front]);
    await show(undefined);
    await conditions(kube, ns, 'lr/r0', served);
    await until(
      'line in the log',
      () => operator.process.log().includes('there is no such Service') || undefined,
    );
  });
});

interface Listed {
  readonly status?: { readonly loadBalancer?: object };
}
