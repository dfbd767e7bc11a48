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
import {
  addHeaders,
  headerRewrite,
  moduleMap,
  sha256,
  withCustomSection,
} from '../support/cluster-plugin.ts';
import { until } from '../support/cluster-wait.ts';

const ns = 'serving';

const plugin = (config: object) =>
  loom('WasmPlugin', ns, 'headers', {
    source: { configMapRef: { name: 'module', key: 'plugin.wasm' } },
    config,
  });
const withPlugin = (host: string) => routeTo('shop', ns, host, { plugins: [{ name: 'headers' }] });
const remove = (kube: Cluster, resource: string) => kube.kubectl(['delete', resource, '-n', ns]);

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
      moduleMap(ns, 'module', headerRewrite()),
      plugin(addHeaders('loom')),
      staticUpstream(ns, 'shop', one.address, one.port),
      withPlugin('plugged.test'),
    );
    const answer = await serves(operator, 'plugged.test', 'one');
    expect(echoOf(answer).headers['x-request-from']).to.equal('loom');
    expect(answer.headers['x-response-from']).to.equal('loom');
    await conditions(kube, ns, 'wp/headers', served);
  });

  it('change what is served when a LoomUpstream is edited, deleted and made again', async () => {
    await apply(kube, staticUpstream(ns, 'shop', one.address, one.port), routeTo('shop', ns, 'edited.test'));
    await serves(operator, 'edited.test', 'one');
    await apply(kube, staticUpstream(ns, 'shop', two.address, two.port));
    await serves(operator, 'edited.test', 'two');
    await remove(kube, 'lu/shop');
    await serves(operator, 'edited.test', '500');
    await conditions(kube, ns, 'lr/edited', { ResolvedRefs: 'False' });
    await apply(kube, staticUpstream(ns, 'shop', one.address, one.port));
    await serves(operator, 'edited.test', 'one');
    await conditions(kube, ns, 'lr/edited', served);
  });

  it('change what is served when a LoomRoute is edited and deleted', async () => {
    await apply(kube, staticUpstream(ns, 'shop', one.address, one.port), routeTo('shop', ns, 'before.test'));
    await serves(operator, 'before.test', 'one');
    const moved = routeTo('shop', ns, 'after.test', {
      matches: [{ path: { type: 'Exact', value: '/only' } }],
    });
    await apply(kube, { ...moved, metadata: { namespace: ns, name: 'before' } });
    await serves(operator, 'after.test', 'one', '/only');
    expect((await operator.get('after.test', '/other')).status).to.equal(404);
    expect((await operator.get('before.test', '/only')).status).to.equal(404);
    await remove(kube, 'lr/before');
    await serves(operator, 'after.test', '404', '/only');
  });

  it('change what is served when a WasmPlugin is edited and deleted', async () => {
    await apply(
      kube,
      moduleMap(ns, 'module', headerRewrite()),
      plugin(addHeaders('first')),
      staticUpstream(ns, 'shop', one.address, one.port),
      withPlugin('plugin.test'),
    );
    await serves(operator, 'plugin.test', 'one');
    await apply(kube, plugin(addHeaders('second')));
    await until('new configuration', async () => {
      const answer = await operator.get('plugin.test');
      return answer.headers['x-response-from'] === 'second' || undefined;
    });
    await remove(kube, 'wp/headers');
    await serves(operator, 'plugin.test', '500');
    await conditions(kube, ns, 'lr/plugin', { ResolvedRefs: 'False' });
  });

  it('load the module anew when its ConfigMap changes, and keep the last one when the ConfigMap is deleted', async () => {
    await apply(
      kube,
      moduleMap(ns, 'module', headerRewrite()),
      plugin(addHeaders('kept')),
      staticUpstream(ns, 'shop', one.address, one.port),
      withPlugin('module.test'),
    );
    await serves(operator, 'module.test', 'one');
    await digest(operator, sha256(headerRewrite()));
    const changed = withCustomSection(headerRewrite(), 'changed');
    await apply(kube, moduleMap(ns, 'module', changed));
    await digest(operator, sha256(changed));
    await remove(kube, 'configmap/module');
    await conditions(kube, ns, 'wp/headers', { ResolvedRefs: 'False', Programmed: 'False' });
    const answer = await operator.get('module.test');
    expect(answer.headers['x-response-from']).to.equal('kept');
  });

  it('let the users of a Secret in, those of its newest version', async () => {
    const secret = (user: string) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      metadata: { namespace: ns, name: 'staff' },
      stringData: { auth: `${user}:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n` },
    });
    const statusOf = async (user: string): Promise<number> => {
      const authorization = `Basic ${Buffer.from(`${user}:password`).toString('base64')}`;
      return (await operator.get('guarded.test', '/', { authorization })).status;
    };
    const answers = (user: string, status: number): Promise<unknown> =>
      until(`${status} for ${user}`, async () => (await statusOf(user)) === status || undefined);
    const basicAuth = { secretRef: { name: 'staff' } };
    await apply(
      kube,
      staticUpstream(ns, 'shop', one.address, one.port),
      routeTo('shop', ns, 'guarded.test', { basicAuth }),
    );
    await serves(operator, 'guarded.test', '503');
    await conditions(kube, ns, 'lr/guarded', { ResolvedRefs: 'False' });
    await apply(kube, secret('ann'));
    await answers('ann', 200);
    expect((await operator.get('guarded.test')).status).to.equal(401);
    await conditions(kube, ns, 'lr/guarded', served);
    await apply(kube, secret('bob'));
    await answers('bob', 200);
    await answers('ann', 401);
    await remove(kube, 'secret/staff');
    await answers('bob', 503);
  });
});

/** Waits until the admin API says that the plugin runs the module of that digest. */
function digest(operator: Operator, wanted: string): Promise<unknown> {
  return until(`module ${wanted}`, async () => {
    const { body } = await operator.admin(`/plugins/${encodeURIComponent(`${ns}/headers`)}`);
    if (body.includes(wanted)) return true;
    throw new Error(body);
  });
}
