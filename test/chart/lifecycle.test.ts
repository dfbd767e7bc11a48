import { expect } from 'chai';
import { request } from 'undici';
import { type Cluster, cluster } from '../support/cluster.ts';
import { apply, clear } from '../support/cluster-objects.ts';
import { until } from '../support/cluster-wait.ts';
import { type Load, startLoad } from '../support/pods/load.ts';
import { type Pods, startPods } from '../support/pods/runner.ts';

const ns = 'loom-system';
const shop = 'shop';
/**
 * For one machine that has the whole cluster: a worker that waits for a core looks overloaded. How pods end is left as it is by default.
 */
const slow = ['--set', 'overload.loopDelay=0s'];

/** Two pods that answer with their names: the image runs any program of JavaScript. */
const backend = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart', namespace: shop },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'cart' } },
      template: {
        metadata: { labels: { app: 'cart' } },
        spec: {
          automountServiceAccountToken: false,
          containers: [
            {
              name: 'cart',
              image: 'loom:0.1.0',
              command: ['node', '-e'],
              args: [
                `require('node:http').createServer((request, response) => response.end(process.env.HOSTNAME)).listen(8000);
                process.on('SIGTERM', () => process.exit(0));`,
              ],
              ports: [{ name: 'http', containerPort: 8000 }],
              readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1, failureThreshold: 9 },
            },
          ],
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'cart', namespace: shop },
    spec: { selector: { app: 'cart' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  },
  {
    apiVersion: 'loom.dev/v1alpha1',
    kind: 'LoomRoute',
    metadata: { name: 'cart', namespace: shop },
    spec: {
      hosts: ['cart.test'],
      rules: [{ name: 'all', backends: [{ serviceRef: { name: 'cart', port: 80 } }] }],
    },
  },
];

describe('a release of the chart', function () {
  this.timeout(600_000);
  let kube: Cluster;
  let pods: Pods;
  let url: string;
  let load: Load | undefined;

  const podsOf = async (selector: string): Promise<Pod[]> => {
    const { items }: { items: Pod[] } = JSON.parse(
      await kube.kubectl(['get', 'pods', '-A', '-l', selector, '-o', 'json']),
    );
    return items.filter(({ metadata }) => !metadata.deletionTimestamp);
  };
  const readyPods = async (): Promise<string[]> =>
    (await podsOf('app.kubernetes.io/instance=loom,app.kubernetes.io/name=loom'))
      .filter(({ status }) => status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True'))
      .map(({ metadata }) => metadata.name)
      .toSorted();
  const oldPodsEnd = (): Promise<true> =>
    until(
      'the end of pods that go',
      async () => {
        const names = await kube.kubectl(['get', 'pods', '-n', ns, '-o', 'name']);
        return names.trim().split('\n').length === 2 || undefined;
      },
      120,
    );
  const serviceOf = async (name: string, namespace: string): Promise<{ clusterIP: string }> =>
    JSON.parse(await kube.kubectl(['get', `service/${name}`, '-n', namespace, '-o', 'json'])).spec;
  /** With what the pods said, where it failed. */
  const helm = (...args: string[]): Promise<string> =>
    kube.helm([...args, '-n', ns]).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${JSON.stringify(pods.logs(), null, 1).slice(0, 6000)}`);
    });

  before(async () => {
    kube = await cluster();
    pods = await startPods(kube);
    for (const name of [ns, shop]) {
      const labels = { 'pod-security.kubernetes.io/enforce': name === ns ? 'restricted' : 'baseline' };
      await apply(kube, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    }
  });
  after(async () => {
    await load?.stop();
    if (kube) await clear(kube, shop);
    await pods?.stop();
  });

  it('is installed with its CRDs, and two pods of the image become ready', async () => {
    await helm(
      'install',
      'loom',
      'charts/loom',
      '--wait',
      '--timeout',
      '240s',
      ...slow,
      '--set',
      'workers=1',
    );
    expect(await readyPods()).to.have.length(2);
    expect(await kube.kubectl(['get', 'crd', '-o', 'name'])).to.include('loomroutes.loom.dev');
  });

  it('serves through its Service what a route says', async () => {
    await apply(kube, ...backend);
    url = `http://${(await serviceOf('loom', ns)).clusterIP}/`;
    load = startLoad(url, { host: 'cart.test' });
    const enough = (): boolean => (load?.seen().answers ?? 0) > 50;
    await until('answers', () => enough() || undefined, 90);
    await until('two pods', async () => ((await podsOf('app=cart')).length === 2 ? true : undefined));
    await load.stop();
  });

  it('passes helm test', async () => {
    const said = await helm('test', 'loom', '--timeout', '180s');
    expect(said).to.match(/Phase:\s+Succeeded/);
  });

  it('is upgraded under load, pod after pod, and no client sees an error', async () => {
    const before = await readyPods();
    load = startLoad(url, { host: 'cart.test' });
    const change = ['--reuse-values', '--set', 'podAnnotations.version=next'];
    await helm('upgrade', 'loom', 'charts/loom', '--wait', '--timeout', '300s', ...change);
    await until(
      'the end of the old pods',
      async () => {
        const now = await readyPods();
        return now.length === 2 && now.every((name) => !before.includes(name)) ? true : undefined;
      },
      120,
    );
    await oldPodsEnd();
    const { answers, errors } = await load.stop();
    expect(errors).to.deep.equal({});
    expect(answers).to.be.above(500);
  });

  it('keeps a budget: of two pods one may be evicted, and no client sees an error', async () => {
    const [first = '', second = ''] = await readyPods();
    load = startLoad(url, { host: 'cart.test' });
    const evict = (name: string): Promise<string> =>
      kube.kubectl(
        ['create', '--raw', `/api/v1/namespaces/${ns}/pods/${name}/eviction`, '-f', '-'],
        JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: ns } }),
      );
    // The next pod must not be ready before the second eviction is asked for, however long that takes.
    const release = pods.holdNew();
    await until('the budget', () => evict(first), 60);
    expect(await evict(second).catch(String)).to.match(/disruption budget/);
    release();
    await until(
      'another pod',
      async () => {
        const now = await readyPods();
        return now.length === 2 && !now.includes(first) ? true : undefined;
      },
      120,
    );
    // It goes on serving for a while, and what could go wrong for clients comes at its end.
    await oldPodsEnd();
    const { errors } = await load.stop();
    expect(errors).to.deep.equal({});
  });

  it('serves namespaces of a team with rights in these alone', async () => {
    await kube.kubectl(['create', 'namespace', 'team']);
    const values = ['--values', 'charts/loom/ci/namespaced-values.yaml', '--set', 'workers=1'];
    // The class that is in the file would need routes of its own.
    const more = ['--set', 'className=', '--set', `watchNamespaces={${shop}}`, '--set', 'replicaCount=1'];
    await kube.helm([
      'install',
      'team',
      'charts/loom',
      '-n',
      'team',
      '--wait',
      '--timeout',
      '240s',
      ...values,
      ...more,
    ]);
    const { clusterIP } = await serviceOf('team-loom', 'team');
    // kube-proxy may hear of the pod later than the API server.
    await until('an answer of the Service', async () => {
      const answer = await request(`http://${clusterIP}/`, { headers: { host: 'cart.test' } });
      await answer.body.dump();
      return answer.statusCode === 200 || undefined;
    });
    await kube.helm(['test', 'team', '-n', 'team', '--timeout', '180s']);
    // Its own Service is all that it may read in its own namespace.
    const patch = JSON.stringify({ spec: { externalIPs: ['192.0.2.44'] } });
    await kube.kubectl(['patch', 'service/team-loom', '-n', 'team', '-p', patch]);
    const shown = ['get', 'loomroute/cart', '-n', shop, '-o', 'jsonpath={.status.loadBalancer.ingress}'];
    await until(
      'the address of the Service in the status of the route',
      async () => ((await kube.kubectl(shown)).includes('192.0.2.44') ? true : undefined),
      90,
    );
    const account = 'system:serviceaccount:team:team-loom';
    const asked = (await kube.audit()).filter(({ user }) => user.username === account);
    expect(asked).to.not.deep.equal([]);
    expect(asked.filter(({ responseStatus }) => responseStatus?.code === 403)).to.deep.equal([]);
    const wide = await kube.kubectl([
      'get',
      'clusterrole,clusterrolebinding',
      '-l',
      'app.kubernetes.io/instance=team',
      '-o',
      'name',
    ]);
    expect(wide).to.equal('');
    await kube.helm(['uninstall', 'team', '-n', 'team', '--wait']);
  });

  it('leaves nothing but the CRDs and what users made', async () => {
    await helm('uninstall', 'loom', '--wait', '--timeout', '240s');
    await until(
      'the end of all pods',
      async () => ((await podsOf('app.kubernetes.io/instance=loom')).length === 0 ? true : undefined),
      120,
    );
    const kindsOf = async (namespaced: boolean): Promise<string> => {
      const all = ['api-resources', `--namespaced=${namespaced}`, '--verbs=list,delete', '-o', 'name'];
      return (await kube.kubectl(all))
        .trim()
        .split('\n')
        .filter((kind) => !kind.startsWith('events'))
        .join();
    };
    // Beside what Kubernetes itself makes in each namespace.
    await until(
      'an empty namespace',
      async () => {
        const left = (await kube.kubectl(['get', await kindsOf(true), '-n', ns, '-o', 'name']))
          .trim()
          .split('\n');
        expect(left).to.have.members(['configmap/kube-root-ca.crt', 'serviceaccount/default']);
        return true;
      },
      120,
    );
    const wide = await kube.kubectl([
      'get',
      await kindsOf(false),
      '-l',
      'app.kubernetes.io/instance=loom',
      '-o',
      'name',
    ]);
    expect(wide.trim()).to.equal('');
    expect(await kube.kubectl(['get', 'crd,lr', '-A', '-o', 'name']))
      .to.include('loomroutes.loom.dev')
      .and.include('cart');
  });
});

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
