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
import { launchOperator, type Operator, ready, serves } from '../support/cluster-operator.ts';

const label = 'loom.dev/watch';
const [first, second] = ['labelled-a', 'labelled-b'] as const;
const user = 'labelled';

describe('a Loom that watches namespaces by their labels', function () {
  this.timeout(240_000);
  let kube: Cluster;
  let operator: Operator;
  let backend: Awaited<ReturnType<typeof startBackend>>;

  before(async () => {
    kube = await cluster();
    await installCrds(kube);
    for (const namespace of [first, second]) await createNamespace(kube, namespace);
    backend = await startBackend('one');
    const options = ['--namespace-selector', `${label}=true`, '--lease-namespace', first];
    operator = await launchOperator(kube, user, undefined, options);
    await ready(operator);
    for (const namespace of [first, second]) {
      const { address, port } = backend;
      const route = routeTo('shop', namespace, `${namespace}.test`);
      await apply(kube, staticUpstream(namespace, 'shop', address, port), route);
    }
  });
  after(async () => {
    await operator?.stop();
    if (kube) await clear(kube, first, second);
    await backend?.stop();
  });

  const mark = (namespace: string, change: string): Promise<string> =>
    kube.kubectl(['label', 'namespace', namespace, change, '--overwrite']);
  const status = async (namespace: string): Promise<number> =>
    (await operator.get(`${namespace}.test`)).status;

  it('is ready while there are none, and serves what is in one from when it has the label', async () => {
    expect(await status(first)).to.equal(404);
    await mark(first, `${label}=true`);
    await serves(operator, `${first}.test`, 'one');
    await conditions(kube, first, `lr/${first}`, served);
    expect(await status(second)).to.equal(404);
  });

  it('takes another one on, and drops what is in one that loses the label, without a restart', async () => {
    await mark(second, `${label}=true`);
    await serves(operator, `${second}.test`, 'one');
    await mark(first, `${label}=false`);
    await serves(operator, `${first}.test`, '404');
    expect(await status(second)).to.equal(200);
    await mark(second, `${label}-`);
    await serves(operator, `${second}.test`, '404');
    await mark(first, `${label}=true`);
    await serves(operator, `${first}.test`, 'one');
    expect(await status(second)).to.equal(404);
  });

  it('asks nothing of a namespace that never had the label', async () => {
    const other = 'labelled-never';
    await createNamespace(kube, other);
    await apply(kube, routeTo('shop', other, 'never.test'));
    await mark(second, `${label}=true`);
    await serves(operator, `${second}.test`, 'one');
    expect((await operator.get('never.test')).status).to.equal(404);
    const asked = (await kube.audit()).filter((event) => event.user.username === user);
    expect(asked.some(({ requestURI }) => requestURI.includes(`/namespaces/${second}/`))).to.equal(true);
    expect(asked.some(({ requestURI }) => requestURI.includes(other))).to.equal(false);
    await clear(kube, other);
  });
});
