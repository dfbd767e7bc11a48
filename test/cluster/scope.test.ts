import { spawnSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { assets } from '../../hack/cluster/build.ts';
import { type Cluster, cluster, installCrds, network } from '../support/cluster.ts';
import { startBackend } from '../support/cluster-backend.ts';
import {
  apply,
  clear,
  conditions,
  createNamespace,
  routeTo,
  staticUpstream,
} from '../support/cluster-objects.ts';
import { type Operator, operatorOf, ready, serves } from '../support/cluster-operator.ts';
import { start } from '../support/cluster-process.ts';
import { annotatedService, slice } from '../support/cluster-service.ts';
import { until } from '../support/cluster-wait.ts';
import { freePort } from '../support/free-port.ts';

const ns = 'scope';
/** Of the Loom that serves what names no class; another one does that in `ns`. */
const defaults = 'scope-default';
const port = 8000;

/** `loom operator` with options, as a user of its own: the audit log tells who wrote what. */
async function startScoped(kube: Cluster, name: string, ...options: readonly string[]): Promise<Operator> {
  const [listenPort, adminPort] = await Promise.all([freePort(), freePort()]);
  const config = join(kube.dir, `${name}.yaml`);
  const listeners = [{ name: 'http', address: `127.0.0.1:${listenPort}`, protocol: 'http' }];
  const admin = { address: `127.0.0.1:${adminPort}`, enabled: true };
  await writeFile(config, stringify({ listeners, admin, workers: 1, drain: { delay: '0s', timeout: '5s' } }));
  const login = ['--kubeconfig', await kube.login(name), '--config', config, '--lease-namespace', ns];
  const log = join(kube.dir, 'logs', name);
  const env = { XDG_CACHE_HOME: join(kube.dir, 'cache', name) };
  const running = start(process.execPath, ['src/main.ts', 'operator', ...login, ...options], { log, env });
  const operator = operatorOf(running, listenPort, adminPort);
  await ready(operator);
  return operator;
}

describe('several Looms in one cluster', () => {
  let kube: Cluster;
  let address = '127.0.0.1';
  let backend: Awaited<ReturnType<typeof startBackend>> | undefined;
  const looms: Record<'plain' | 'inner' | 'main' | 'a' | 'b', Operator> = {} as never;

  before(async function () {
    this.timeout(240_000);
    if (!network) this.skip();
    address = `${network}.41`;
    kube = await cluster();
    await installCrds(kube);
    await createNamespace(kube, ns);
    await createNamespace(kube, defaults);
    backend = await startBackend('41', address, port);
    const options = {
      plain: ['--namespaces', ns],
      inner: ['--class', 'inner', '--allow-external-names', '--compat-annotations'],
      main: ['--class', 'main', '--default-class', '--namespaces', defaults],
      a: ['--class', 'sharded', '--selector', 'shard in (a, both)'],
      b: ['--class', 'sharded', '--selector', 'shard in (b, both)'],
    } as const;
    for (const [name, more] of Object.entries(options))
      looms[name as keyof typeof looms] = await startScoped(kube, `scope-${name}`, ...more);
  });
  afterEach(() => clear(kube, ns, defaults));
  after(async () => {
    await Promise.all(Object.values(looms).map((operator) => operator.stop()));
    await backend?.stop();
  });

  /** An upstream and a route to it, both of that class. */
  const classed = (host: string, className?: string, namespace = ns): readonly object[] => {
    const name = `u-${className ?? 'none'}`;
    const upstream = staticUpstream(namespace, name, address, port);
    const route = routeTo(name, namespace, host);
    return [upstream, route].map((object) => ({ ...object, spec: { ...object.spec, className } }));
  };
  const leases = async (): Promise<readonly string[]> =>
    (await kube.kubectl(['get', 'leases', '-n', ns, '-o', 'name'])).trim().split('\n');
  const events = (service: string): Promise<string> =>
    until(`events of ${service}`, async () => {
      const [, told] = (await kube.kubectl(['describe', `service/${service}`, '-n', ns])).split('Events:');
      return told?.includes('Warning') ? told : undefined;
    });

  it('serve what is of their class, and write the status of that only', async () => {
    const { plain, inner } = looms;
    const service = annotatedService(ns, 'web', {
      'loom.dev/class': 'inner',
      'loom.dev/route.web.host': 'service.test',
      'loom.dev/route.web.path': '/*',
    });
    const objects = [
      ...classed('inner.test', 'inner'),
      ...classed('none.test'),
      ...classed('other.test', 'other'),
    ];
    await apply(kube, ...objects, service, slice(ns, 'web', [address], port));
    await Promise.all([
      serves(inner, 'inner.test', '41'),
      serves(inner, 'service.test', '41'),
      serves(plain, 'none.test', '41'),
    ]);
    for (const [operator, host] of [
      [inner, 'none.test'],
      [plain, 'inner.test'],
      [plain, 'service.test'],
      [plain, 'other.test'],
    ] as const)
      expect((await operator.get(host)).status, host).to.equal(404);
    for (const host of ['inner', 'none'])
      await conditions(kube, ns, `loomroute/${host}`, { Accepted: 'True', Programmed: 'True' });
    expect(await leases()).to.include.members(
      ['loom', 'loom-inner', 'loom-main'].map((name) => `lease.coordination.k8s.io/${name}`),
    );
    const writes = (await kube.audit()).filter(
      ({ verb, requestURI }) => verb === 'patch' && requestURI.includes(`/${ns}/`),
    );
    const by = (user: string): string =>
      writes.flatMap(({ user: { username }, requestURI }) => (username === user ? requestURI : [])).join();
    expect(by('scope-inner')).to.include('loomroutes/inner/').and.not.include('/none/');
    expect(by('scope-plain')).to.include('loomroutes/none/').and.not.include('/inner/');
    expect(writes.some(({ requestURI }) => requestURI.includes('loomroutes/other/'))).to.equal(false);
  });

  it('serve what names no class with the default one, and hand an object over when its class changes', async () => {
    await apply(kube, ...classed('moving.test', undefined, defaults));
    await serves(looms.main, 'moving.test', '41');
    await apply(kube, ...classed('moving.test', 'inner', defaults));
    await Promise.all([serves(looms.inner, 'moving.test', '41'), serves(looms.main, 'moving.test', '404')]);
  });

  it('share the routes of one class by labels', async () => {
    const { a, b } = looms;
    const labelled = (objects: readonly object[], shard: string): readonly object[] =>
      objects.map((object) => ({
        ...object,
        metadata: { ...(object as { metadata: object }).metadata, labels: { shard } },
      }));
    const [upstream] = classed('any.test', 'sharded');
    const [, first] = classed('a.test', 'sharded');
    const [, second] = classed('b.test', 'sharded');
    await apply(
      kube,
      ...labelled([upstream ?? {}], 'both'),
      ...labelled([first ?? {}], 'a'),
      ...labelled([second ?? {}], 'b'),
    );
    await Promise.all([serves(a, 'a.test', '41'), serves(b, 'b.test', '41')]);
    expect([(await a.get('b.test')).status, (await b.get('a.test')).status]).to.deep.equal([404, 404]);
    await conditions(kube, ns, 'loomroute/a', { Programmed: 'True' });
    await conditions(kube, ns, 'loomroute/b', { Programmed: 'True' });
    expect((await leases()).filter((name) => /loom-sharded-[0-9a-f]{8}$/.test(name))).to.have.length(2);
    await kube.kubectl(['label', '--overwrite', 'loomroute/a', 'shard=b', '-n', ns]);
    await Promise.all([serves(b, 'a.test', '41'), serves(a, 'a.test', '404')]);
  });

  it('follow an ExternalName only where that is allowed, and a headless Service everywhere', async () => {
    const { plain, inner } = looms;
    const route = (host: string) => ({ 'loom.dev/route.web.host': host, 'loom.dev/route.web.path': '/*' });
    const external = (name: string, more: object) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        namespace: ns,
        name,
        annotations: { ...route(`${name}.test`), 'konghq.com/write-timeout': '5', ...more },
      },
      // An address, for no name leads to the backend here.
      spec: { type: 'ExternalName', externalName: address, ports: [{ port, name: 'http' }] },
    });
    const headless = annotatedService(ns, 'headless', route('headless.test'));
    await apply(
      kube,
      external('refused', {}),
      external('allowed', { 'loom.dev/class': 'inner' }),
      { ...headless, spec: { ...headless.spec, clusterIP: 'None' } },
      slice(ns, 'headless', [address], port),
    );
    await Promise.all([
      serves(inner, 'allowed.test', '41'),
      serves(plain, 'headless.test', '41'),
      serves(plain, 'refused.test', '503'),
    ]);
    expect(await events('refused'))
      .to.match(/UnsupportedService .*ExternalName/)
      .and.not.include('konghq.com');
    expect(await events('allowed')).to.match(
      /InvalidAnnotation .*konghq.com\/write-timeout has no counterpart/,
    );
    const names = Object.keys(route('')).map((name) => `${name}-`);
    await kube.kubectl(['annotate', 'service/headless', ...names, '-n', ns]);
    await serves(plain, 'headless.test', '404');
  });

  it('can be asked with kubectl what they would do, and nothing is written by that', async function () {
    this.timeout(240_000);
    const { kubectl } = await assets();
    const KUBECONFIG = await kube.login('scope-asker');
    const folder = join(kube.dir, 'kubectl-plugin');
    await mkdir(join(folder, 'main'), { recursive: true });
    await symlink(join(process.cwd(), 'src/main.ts'), join(folder, 'main/kubectl-loom'));
    // Node has to be that of the tests, which the first line of the program would look for.
    const plugin = join(folder, 'kubectl-loom');
    await writeFile(plugin, `#!/bin/sh\nexec "${process.execPath}" "${folder}/main/kubectl-loom" "$@"\n`);
    await chmod(plugin, 0o755);
    const ask = (...args: readonly string[]): string => {
      const env = { ...process.env, KUBECONFIG, PATH: `${folder}:${process.env['PATH']}` };
      const { stdout, stderr } = spawnSync(kubectl, ['loom', ...args, '--class', 'asked'], {
        encoding: 'utf8',
        env,
      });
      return stdout + stderr;
    };
    const [, broken] = classed('broken.test', 'asked');
    await apply(kube, ...classed('asked.test', 'asked'), broken ?? {});
    await kube.kubectl(['delete', 'loomupstream/u-asked', '-n', ns]);
    expect(ask('explain', 'GET', 'http://asked.test/cart')).to.match(
      /route {5}scope\/asked, rule all[\s\S]*upstream {2}scope\/u-asked, 100 %: there is none/,
    );
    expect(ask('validate')).to.include(
      'LoomRoute scope/broken: spec.rules[0].backends[0].upstreamRef: there is no LoomUpstream scope/u-asked.',
    );
    const [upstream, moved] = classed('moved.test', 'asked');
    await writeFile(
      join(folder, 'change.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [upstream, moved] }),
    );
    expect(ask('diff', join(folder, 'change.json'))).to.match(
      /GET http:\/\/moved\.test\/ {2}\(answer\)\n {2}- 404 no-route/,
    );
    expect(ask('operator', '--dry-run')).to.match(
      /LoomRoute scope\/broken: the status would be written\n[\s\S]*ResolvedRefs False, UpstreamNotFound/,
    );
    const asked = (await kube.audit()).filter(({ user }) => user.username === 'scope-asker');
    expect(asked).to.have.length.above(10);
    expect([...new Set(asked.map(({ verb }) => verb))]).to.deep.equal(['list']);
  });
});
