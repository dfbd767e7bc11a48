import { expect } from 'chai';
import { type Cluster, cluster, installCrds } from '../support/cluster.ts';
import { startBackend } from '../support/cluster-backend.ts';
import {
  apply,
  clear,
  conditions,
  createNamespace,
  loom,
  routeTo,
  served,
  staticUpstream,
} from '../support/cluster-objects.ts';
import { echoOf, type Operator, serves, startOperator } from '../support/cluster-operator.ts';
import { headerRewrite, moduleMap } from '../support/cluster-plugin.ts';

const ns = 'serving';

describe('objects that kubectl applies', () => {
  let kube: Cluster;
  let operator: Operator;
  let one: Awaited<ReturnType<typeof startBackend>>;
  let two: Awaited<ReturnType<typeof startBackend>>;

  before(async () => {
    kube = await cluster();
    await installCrds(kube);
    await createNamespace(kube, ns);
    [one, two] = await Promise.all([startBackend('one'), startBackend('two')]);
    operator = await startOperator(kube);
  });
  afterEach(() => clear(kube, ns));
  after(async () => {
    await operator?.stop();
    await Promise.all([one?.stop(), two?.stop()]);
  });

  const plugin = (config: object) =>
    loom('WasmPlugin', ns, 'headers', {
      source: { configMapRef: { name: 'module', key: 'plugin.wasm' } },
      config,
    });
  const withPlugin = (host: string) => routeTo('shop', ns, host, { plugins: [{ name: 'headers' }] });

  it('bring requests to the endpoints of a LoomUpstream', async () => {
    await apply(kube, staticUpstream(ns, 'shop', one.address, one.port), routeTo('shop', ns, 'plain.test'));
    const answer = await serves(operator, 'plain.test', 'one', '/a/b?c=d');
    expect(echoOf(answer)).to.include({ method: 'GET', url: '/a/b?c=d' });
    await conditions(kube, ns, 'lr/plain', served);
    await conditions(kube, ns, 'lu/shop', served);
  });

  it('bring requests through a plugin out of a ConfigMap, which adds a header each way', async () => {
    await apply(
      kube,
      moduleMap(ns, 'module', headerRewrite),
      plugin({ request: { 'x-request-from': 'loom' }, response: { 'x-response-from': 'loom' } }),
      staticUpstream(ns, 'shop', one.address, one.port),
      withPlugin('plugged.test'),
    );
    const answer = await serves(operator, 'plugged.test', 'one');
    expect(echoOf(answer).headers['x-request-from']).to.equal('loom');
    expect(answer.headers['x-response-from']).to.equal('loom');
    await conditions(kube, ns, 'wp/headers', served);
  });
});
