import { expect } from 'chai';
import { type Cluster, cluster, installCrds } from '../support/cluster.ts';
import { startBackend } from '../support/cluster-backend.ts';
import {
  apply,
  clear,
  conditions,
  createNamespace,
  loom,
  read,
  routeTo,
  served,
  staticUpstream,
} from '../support/cluster-objects.ts';
import { backendOf, type Operator, serves, startOperator } from '../support/cluster-operator.ts';
import { addHeaders, headerRewrite, moduleMap, sha256 } from '../support/cluster-plugin.ts';
import { until } from '../support/cluster-wait.ts';

const ns = 'status';
const other = 'status-other';

describe('status conditions', () => {
  let kube: Cluster;
  let operator: Operator;
  let backend: Awaited<ReturnType<typeof startBackend>>;

  before(async () => {
    kube = await cluster();
    await installCrds(kube);
    await createNamespace(kube, ns);
    await createNamespace(kube, other);
    backend = await startBackend('one');
    operator = await startOperator(kube);
  });
  afterEach(() => clear(kube, ns, other));
  after(async () => {
    await operator?.stop();
    await backend?.stop();
  });

  const upstream = (namespace = ns) => staticUpstream(namespace, 'shop', backend.address, backend.port);

  it('follow the generation of the object', async () => {
    await apply(kube, upstream(), routeTo('shop', ns, 'first.test'));
    const before = await conditions(kube, ns, 'lr/first', served);
    expect(before['Accepted']?.observedGeneration).to.equal(1);
    await apply(kube, routeTo('shop', ns, 'first.test', { maxRequestBodyBytes: 7 }));
    const after = await conditions(kube, ns, 'lr/first', served);
    expect(after['Programmed']?.observedGeneration).to.equal(2);
    expect(after['Accepted']?.lastTransitionTime).to.equal(before['Accepted']?.lastTransitionTime);
  });

  it('are what kubectl get shows', async () => {
    await apply(kube, upstream(), routeTo('shop', ns, 'shown.test'), routeTo('nowhere', ns, 'lost.test'));
    await conditions(kube, ns, 'lr/shown', served);
    await conditions(kube, ns, 'lr/lost', { ResolvedRefs: 'False' });
    const table = await kube.kubectl(['get', 'lr', '-n', ns, '-o', 'wide', '--no-headers']);
    expect(table).to.match(/^shown\s+\["shown\.test"\]\s+True\s+True\s+True\s/m);
    expect(table).to.match(/^lost\s+\["lost\.test"\]\s+True\s+False\s.*nowhere/m);
  });

  it('are not written again when nothing changed', async () => {
    await apply(kube, upstream(), routeTo('shop', ns, 'quiet.test'));
    await conditions(kube, ns, 'lr/quiet', served);
    const { resourceVersion } = (await read(kube, ns, 'lr/quiet')).metadata;
    // Another object goes all the way through translation, compile and status after it.
    await apply(kube, routeTo('shop', ns, 'other.test'));
    await conditions(kube, ns, 'lr/other', served);
    expect((await read(kube, ns, 'lr/quiet')).metadata.resourceVersion).to.equal(resourceVersion);
  });

  it('name a missing upstream, and turn true when it appears', async () => {
    await apply(kube, routeTo('shop', ns, 'early.test'));
    const { ResolvedRefs } = await conditions(kube, ns, 'lr/early', {
      Accepted: 'True',
      ResolvedRefs: 'False',
    });
    expect(ResolvedRefs?.reason).to.equal('UpstreamNotFound');
    expect(ResolvedRefs?.message).to.include(`${ns}/shop`);
    await serves(operator, 'early.test', '500');
    await apply(kube, upstream());
    await conditions(kube, ns, 'lr/early', served);
    await serves(operator, 'early.test', 'one');
  });

  it('tell that a new version is invalid while the last good one goes on being served', async () => {
    await apply(kube, upstream(), routeTo('shop', ns, 'good.test'));
    await serves(operator, 'good.test', 'one');
    const matches = [{ path: { type: 'Regex', value: '/(unclosed' } }];
    await apply(kube, routeTo('shop', ns, 'good.test', { matches }));
    const { Accepted, Programmed } = await conditions(kube, ns, 'lr/good', {
      Accepted: 'False',
      Programmed: 'False',
    });
    expect(Accepted?.reason).to.equal('Invalid');
    expect(Accepted?.message).to.include('spec.rules[0].matches[0].path.value');
    expect(Programmed?.message).to.match(/earlier version/);
    expect(backendOf(await operator.get('good.test'))).to.equal('one');
    await apply(kube, routeTo('shop', ns, 'good.test'));
    await conditions(kube, ns, 'lr/good', served);
  });

  it('name the winner to the loser of a conflict, and the loser takes over when the winner goes', async () => {
    await apply(kube, upstream());
    await apply(kube, {
      ...routeTo('shop', ns, 'fought.test'),
      metadata: { namespace: ns, name: 'a-first' },
    });
    await conditions(kube, ns, 'lr/a-first', served);
    const second = loom('LoomRoute', ns, 'b-second', {
      hosts: ['fought.test'],
      rules: [{ name: 'all', directResponse: { status: 418 } }],
    });
    await apply(kube, second);
    const { Accepted } = await conditions(kube, ns, 'lr/b-second', { Accepted: 'False' });
    expect(Accepted?.reason).to.equal('Conflicted');
    expect(Accepted?.message).to.include(`${ns}/a-first`);
    await conditions(kube, ns, 'lr/a-first', served);
    expect(backendOf(await operator.get('fought.test'))).to.equal('one');
    await kube.kubectl(['delete', 'lr/a-first', '-n', ns]);
    await serves(operator, 'fought.test', '418');
    await conditions(kube, ns, 'lr/b-second', served);
  });

  it('refuse a module with another sha256 than said, and keep the last good module', async () => {
    const plugin = (sum: string) =>
      loom('WasmPlugin', ns, 'headers', {
        source: { configMapRef: { name: 'module', key: 'plugin.wasm' } },
        sha256: sum,
        config: addHeaders('good'),
      });
    const wrong = 'f'.repeat(64);
    await apply(kube, upstream(), moduleMap(ns, 'module', headerRewrite()), plugin(wrong));
    await apply(kube, routeTo('shop', ns, 'summed.test', { plugins: [{ name: 'headers' }] }));
    const { Programmed } = await conditions(kube, ns, 'wp/headers', {
      Accepted: 'True',
      Programmed: 'False',
    });
    expect(Programmed?.message).to.include(sha256(headerRewrite())).and.to.include(wrong);
    await serves(operator, 'summed.test', '503');

    await apply(kube, plugin(sha256(headerRewrite())));
    await serves(operator, 'summed.test', 'one');
    await conditions(kube, ns, 'wp/headers', served);

    await apply(kube, plugin(wrong));
    await conditions(kube, ns, 'wp/headers', { Programmed: 'False' });
    expect((await operator.get('summed.test')).headers['x-response-from']).to.equal('good');
  });

  it('tell a missing ReferenceGrant until there is one, and again when it goes', async () => {
    await kube.kubectl(['apply', '-f', 'test/cluster/fixtures/referencegrants.yaml']);
    await kube.kubectl([
      'wait',
      '--for=condition=Established',
      '--timeout=90s',
      '-f',
      'test/cluster/fixtures/referencegrants.yaml',
    ]);
    const backends = [{ upstreamRef: { name: 'shop', namespace: other } }];
    await apply(kube, upstream(other), routeTo('shop', ns, 'abroad.test', { backends }));
    const { ResolvedRefs } = await conditions(kube, ns, 'lr/abroad', { ResolvedRefs: 'False' });
    expect(ResolvedRefs?.reason).to.equal('RefNotPermitted');
    await serves(operator, 'abroad.test', '500');
    const grant = {
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { namespace: other, name: 'let-in' },
      spec: {
        from: [{ group: 'loom.dev', kind: 'LoomRoute', namespace: ns }],
        to: [{ group: 'loom.dev', kind: 'LoomUpstream' }],
      },
    };
    await until('served resource', async () => (await apply(kube, grant), true));
    await conditions(kube, ns, 'lr/abroad', served, 120);
    await serves(operator, 'abroad.test', 'one');
    await kube.kubectl(['delete', 'referencegrant/let-in', '-n', other]);
    await conditions(kube, ns, 'lr/abroad', { ResolvedRefs: 'False' });
    await serves(operator, 'abroad.test', '500');
  });
});
