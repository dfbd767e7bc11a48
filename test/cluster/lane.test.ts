import { expect } from 'chai';
import { type Cluster, cluster, installCrds, network } from '../support/cluster.ts';
import { startBackend } from '../support/cluster-backend.ts';
import { apply, clear, createNamespace, read } from '../support/cluster-objects.ts';
import { annotatedService, slice } from '../support/cluster-service.ts';

const ns = 'lane';
const configMap = (value: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: ns, name: 'thing' },
  data: { value },
});

// The other files build on these: a fault that does not happen would let their tests pass for nothing.
describe('the cluster lane itself', () => {
  let kube: Cluster;
  before(async () => {
    kube = await cluster();
    await installCrds(kube);
    await createNamespace(kube, ns);
  });
  after(async () => {
    if (kube) await clear(kube, ns);
  });

  it('keeps its objects when the API server is killed and started again', async () => {
    await apply(kube, configMap('kept'));
    await kube.stopApiserver('SIGKILL');
    const gone = await kube.kubectl(['get', '--raw', '/readyz', '--request-timeout=2s']).catch(String);
    expect(gone).to.match(/refused/);
    await kube.startApiserver();
    expect(await read(kube, ns, 'configmap/thing')).to.deep.include({ data: { value: 'kept' } });
  });

  it('forgets old versions when etcd is compacted', async () => {
    await apply(kube, configMap('old'));
    const { resourceVersion } = (await read(kube, ns, 'configmap/thing')).metadata;
    await apply(kube, configMap('new'));
    await kube.stopApiserver('SIGKILL');
    await kube.compactEtcd();
    await kube.startApiserver();
    const watch = `/api/v1/namespaces/${ns}/configmaps?watch=1&timeoutSeconds=30&resourceVersion=${resourceVersion}`;
    expect(await kube.kubectl(['get', '--raw', watch]).catch(String)).to.match(/too old resource version/);
  });

  it('tells who asked the API server for what', async () => {
    const kubeconfig = await kube.login('asker');
    const uri = `/api/v1/namespaces/${ns}/configmaps/nowhere`;
    await kube.kubectl(['--kubeconfig', kubeconfig, 'get', '--raw', uri]).catch(String);
    const asked = (await kube.audit()).filter(({ user }) => user.username === 'asker');
    expect(
      asked.map(({ verb, requestURI, responseStatus }) => [verb, requestURI, responseStatus?.code]),
    ).to.deep.include(['get', uri, 404]);
  });

  it('has addresses that EndpointSlices may hold and backends can listen on', async function () {
    if (!network) this.skip();
    const backend = await startBackend('one', `${network}.31`, 8000);
    await apply(kube, annotatedService(ns, 'shop'), slice(ns, 'shop', [backend.address], backend.port));
    const answer = await fetch(`http://${backend.address}:${backend.port}/`);
    expect(await answer.json()).to.include({ backend: 'one' });
    await backend.stop();
    const loopback = apply(kube, slice(ns, 'shop', ['127.0.0.1'], 8000));
    expect(await loopback.then(() => 'accepted', String)).to.match(/loopback/);
  });
});
