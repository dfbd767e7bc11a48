import { expect } from 'chai';
import type { Condition } from '../../src/api/core.ts';
import type { Kind, ObjectStatus } from '../../src/sources/objects.ts';
import { Client } from '../../src/sources/kube/client.ts';
import { readConnection } from '../../src/sources/kube/config.ts';
import { leaseTiming, type LeaseTiming } from '../../src/sources/kube/lease.ts';
import { reflectorTiming } from '../../src/sources/kube/reflector.ts';
import { kubeSource, type KubeSource } from '../../src/sources/kube/source.ts';
import { makeLogger } from '../../src/telemetry/log.ts';
import { type Cluster, cluster, installCrds } from '../support/cluster.ts';
import { apply, createNamespace, loom, read } from '../support/cluster-objects.ts';
import { until } from '../support/cluster-wait.ts';

const ns = 'kube-source';

interface Run {
  readonly source: KubeSource;
  readonly changes: Kind[];
  readonly relists: Kind[];
  readonly errors: Kind[];
  readonly events: Kind[];
  stop(): Promise<void>;
}

describe('the Kubernetes source', () => {
  let kube: Cluster;
  const runs: Run[] = [];

  before(async () => {
    kube = await cluster();
    await installCrds(kube);
    await createNamespace(kube, ns);
  });
  afterEach(async () => {
    for (const run of runs.splice(0)) await run.stop();
    await kube.kubectl(['delete', 'lr,lu,wp,services,secrets', '--all', '-n', ns, '--wait=false']);
    await kube.kubectl(['delete', 'lease', '--all', '-n', ns]);
  });

  async function start(user: string, lease: LeaseTiming = leaseTiming): Promise<Run> {
    const lists: Pick<Run, 'changes' | 'relists' | 'errors' | 'events'> = {
      changes: [],
      relists: [],
      errors: [],
      events: [],
    };
    const source = await kubeSource({
      log: makeLogger('silent'),
      kubeconfig: await kube.login(user),
      namespaces: [],
      leaseNamespace: ns,
      timing: { lease, reflector: { ...reflectorTiming, backoff: { minMs: 100, maxMs: 1000 } } },
      observe: {
        watchUp: () => undefined,
        relist: (kind) => lists.relists.push(kind),
        error: (kind) => lists.errors.push(kind),
        event: (kind) => lists.events.push(kind),
        leader: () => undefined,
        addresses: () => undefined,
      },
    });
    const signal = new AbortController();
    const done = source.run(signal.signal, (kind) => lists.changes.push(kind));
    const stop = (): Promise<void> => {
      signal.abort();
      return done;
    };
    const run = { source, ...lists, stop };
    runs.push(run);
    await until('synced source', () => source.synced || undefined);
    return run;
  }

  const route = (name: string, status = 204): ReturnType<typeof loom> =>
    loom('LoomRoute', ns, name, { rules: [{ name: 'all', directResponse: { status } }] });
  const accepted = (
    run: Run,
    name: string,
    message: string,
    ok = true,
  ): ReadonlyMap<string, ObjectStatus> => {
    const object = run.source.objects.LoomRoute.get(`${ns}/${name}`);
    if (!object) throw new Error(`no route ${name}`);
    const condition = {
      type: 'Accepted',
      status: ok ? 'True' : 'False',
      reason: ok ? 'Accepted' : 'Invalid',
      message,
    } as const;
    return new Map([[`LoomRoute:${ns}/${name}`, { object, conditions: [condition], warnings: [] }]]);
  };
  const shown = async (name: string): Promise<readonly Condition[]> =>
    ((await read(kube, ns, `lr/${name}`)) as { status?: { conditions?: Condition[] } }).status?.conditions ??
    [];
  const hasRoute = (run: Run, name: string): Promise<unknown> =>
    until(`route ${name}`, () => run.source.objects.LoomRoute.get(`${ns}/${name}`));

  it('reads more objects than fit on a page', async () => {
    // kubectl takes minutes for so many.
    const client = new Client(await readConnection(kube.kubeconfig));
    const signal = AbortSignal.timeout(120_000);
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    for (let from = 0; from < 620; from += 31) {
      const names = Array.from({ length: 31 }, (_, i) => `module-${from + i}`);
      const labels = { 'loom.dev/wasm': 'true', bulk: 'true' };
      await Promise.all(names.map((name) => client.create(path, { metadata: { name, labels } }, signal)));
    }
    await client.close();
    const { source } = await start('pages');
    expect(
      [...source.objects.ConfigMap.keys()].filter((key) => key.startsWith(`${ns}/module-`)).length,
    ).to.equal(620);
    const pages = (await kube.audit()).filter(
      ({ user, verb, requestURI }) =>
        user.username === 'pages' && verb === 'list' && requestURI.includes('/configmaps'),
    );
    expect(pages.length).to.equal(2);
    await kube.kubectl(['delete', '--raw', `${path}?labelSelector=bulk=true`]);
    await until('no module', () =>
      [...source.objects.ConfigMap.keys()].some((key) => key.startsWith(ns)) ? undefined : true,
    );
  });

  it('writes a status once, and does not take its own writing for a change', async () => {
    const run = await start('writer');
    await until('leader', () => run.source.leads || undefined);
    await apply(kube, route('told'));
    await hasRoute(run, 'told');
    const object = run.source.objects.LoomRoute.get(`${ns}/told`);
    run.changes.length = 0;
    run.source.report(accepted(run, 'told', 'first'));
    const [first] = await until('status', async () =>
      (await shown('told')).length > 0 ? shown('told') : undefined,
    );
    expect(first).to.include({ type: 'Accepted', status: 'True', message: 'first', observedGeneration: 1 });
    const { resourceVersion } = (await read(kube, ns, 'lr/told')).metadata;
    run.source.report(accepted(run, 'told', 'first'));

    await apply(kube, route('marker'));
    await hasRoute(run, 'marker');
    expect(run.changes).to.deep.equal(['LoomRoute']);
    expect(run.source.objects.LoomRoute.get(`${ns}/told`)).to.equal(object);
    expect((await read(kube, ns, 'lr/told')).metadata.resourceVersion).to.equal(resourceVersion);

    run.source.report(accepted(run, 'told', 'second'));
    const second = await until('second', async () =>
      (await shown('told')).find(({ message }) => message === 'second'),
    );
    expect(second.lastTransitionTime).to.equal(first?.lastTransitionTime);
  });

  it('leaves conditions of others, and makes no object that has gone', async () => {
    const run = await start('gone');
    await until('leader', () => run.source.leads || undefined);
    await apply(kube, route('shared'), route('dead'));
    await hasRoute(run, 'dead');
    const foreign = {
      type: 'Foreign',
      status: 'True',
      reason: 'R',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const patch = JSON.stringify({ status: { conditions: [foreign] } });
    await kube.kubectl(['patch', 'lr/shared', '-n', ns, '--subresource=status', '--type=merge', '-p', patch]);
    const statuses = accepted(run, 'dead', 'late');
    await kube.kubectl(['delete', 'lr/dead', '-n', ns]);
    run.source.report(new Map([...statuses, ...accepted(run, 'shared', 'ours')]));
    await until('both conditions', async () => ((await shown('shared')).length === 2 ? true : undefined));
    expect((await shown('shared')).map(({ type }) => type)).to.include.members(['Foreign', 'Accepted']);
    expect(await kube.kubectl(['get', 'lr', '-n', ns, '-o', 'name'])).not.to.include('dead');
  });

  it('tells a refusal and a warning as Events, and counts them when they come again', async () => {
    const run = await start('events');
    await until('leader', () => run.source.leads || undefined);
    await apply(kube, route('bad'));
    await hasRoute(run, 'bad');
    const [[key, status] = []] = accepted(run, 'bad', 'spec.rules[0] is wrong', false);
    if (!key || !status) throw new Error('no status');
    const warned = {
      ...status,
      warnings: [{ reason: 'UnknownAnnotation', message: 'loom.dev/x is not known' }],
    };
    run.source.report(new Map([[key, warned]]));
    const list = async (): Promise<{ reason: string; note: string; series?: { count: number } }[]> =>
      JSON.parse(await kube.kubectl(['get', 'events.events.k8s.io', '-n', ns, '-o', 'json'])).items;
    await until('two events', async () => ((await list()).length === 2 ? true : undefined));
    expect((await list()).map(({ reason }) => reason)).to.have.members(['Invalid', 'UnknownAnnotation']);
    run.source.report(accepted(run, 'bad', 'fine'));
    run.source.report(new Map([[key, warned]]));
    await until('a series', async () =>
      (await list()).find(({ reason, series }) => reason === 'UnknownAnnotation' && series?.count === 2),
    );
    expect((await list()).length).to.equal(2);
    expect(await kube.kubectl(['describe', 'lr/bad', '-n', ns])).to.include('loom.dev/x is not known');
  });

  it('reads the ConfigMaps whose authorities are wanted, beside those with plugins', async () => {
    const make = ['create', 'configmap', '-n', ns, '--from-literal=ca.crt=A', '--from-literal=more=B'];
    await kube.kubectl([...make, 'bundle']);
    const { source } = await start('config-maps');
    expect(source.objects.ConfigMap.has(`${ns}/bundle`)).to.equal(false);
    source.want(new Set(), new Set([`${ns}/bundle`, `${ns}/kube-root-ca.crt`]));
    const found = await until('it is read', () => source.objects.ConfigMap.get(`${ns}/bundle`));
    expect(found.data).to.deep.equal({ 'ca.crt': 'A' });
    source.want(new Set(), new Set());
    expect(source.objects.ConfigMap.has(`${ns}/bundle`)).to.equal(false);
  });

  it('reads only the Secrets that are wanted, and forgets them when they are not', async () => {
    await kube.kubectl([
      'create',
      'secret',
      'generic',
      'other',
      '-n',
      ns,
      '--from-literal=a=b',
      '--from-literal=ca.crt=A',
    ]);
    const tls = {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { namespace: ns, name: 'cert' },
    };
    await apply(kube, { ...tls, data: { 'tls.crt': 'YQ==', 'tls.key': 'Yg==', 'ca.crt': 'Yw==' } });
    const { source } = await start('secrets');
    expect(source.objects.Secret.size).to.equal(0);
    source.want(new Set([`${ns}/cert`, `${ns}/other`, `${ns}/missing`]), new Set());
    await until('both', () => (source.objects.Secret.size === 2 ? true : undefined));
    expect(source.objects.Secret.get(`${ns}/cert`)?.data).to.deep.equal({
      'tls.crt': 'YQ==',
      'tls.key': 'Yg==',
      'ca.crt': 'Yw==',
    });
    expect(source.objects.Secret.get(`${ns}/other`)?.data).to.deep.equal({ 'ca.crt': 'QQ==' });
    await apply(kube, { ...tls, data: { 'tls.crt': 'ZA==', 'tls.key': 'Yg==' } });
    await until(
      'renewed',
      () => source.objects.Secret.get(`${ns}/cert`)?.data?.['tls.crt'] === 'ZA==' || undefined,
    );
    await apply(kube, {
      ...tls,
      metadata: { namespace: ns, name: 'missing' },
      data: { 'tls.crt': '', 'tls.key': '' },
    });
    await until('the late one', () => source.objects.Secret.get(`${ns}/missing`));
    source.want(new Set(), new Set());
    expect(source.objects.Secret.size).to.equal(0);
    const asked = (await kube.audit()).filter(
      ({ user, requestURI }) => user.username === 'secrets' && requestURI.includes('/secrets'),
    );
    expect(asked.every(({ requestURI }) => requestURI.includes('fieldSelector=metadata.name'))).to.equal(
      true,
    );
  });

  it('keeps everything while the API server is killed, and goes on when it is back', async () => {
    const run = await start('killed');
    await apply(kube, route('before'));
    await hasRoute(run, 'before');
    await kube.stopApiserver('SIGKILL');
    await until('errors of all watches', () => (new Set(run.errors).size >= 6 ? true : undefined));
    expect(run.source.synced).to.equal(true);
    expect(run.source.objects.LoomRoute.has(`${ns}/before`)).to.equal(true);
    const object = run.source.objects.LoomRoute.get(`${ns}/before`);
    await kube.startApiserver();
    await apply(kube, route('after'));
    await hasRoute(run, 'after');
    // Whether it had to list again or not: what did not change is the same.
    expect(run.source.objects.LoomRoute.get(`${ns}/before`)).to.equal(object);
  });

  it('gets bookmarks, which keep a quiet kind from expiring', async () => {
    const run = await start('quiet');
    // An API server that never saw an event of a kind sends no bookmarks of it.
    await apply(kube, route('noisy'));
    await hasRoute(run, 'noisy');
    run.events.length = 0;
    run.changes.length = 0;
    await until('a bookmark', () => run.events.includes('LoomRoute') || undefined, 150);
    expect(run.changes).to.deep.equal([]);
  });

  it('lists again when etcd has forgotten what the watch needs', async () => {
    const run = await start('compacted');
    await apply(kube, route('old'));
    await hasRoute(run, 'old');
    const lists = run.relists.filter((kind) => kind === 'LoomRoute').length;
    // What happens to kinds that nobody watches moves the version on: a restarted server then knows nothing of the time
    // between the version that the watch is at and its own start.
    for (const i of [1, 2, 3]) {
      await apply(kube, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `unwatched-${i}`, namespace: ns },
      });
    }
    await kube.stopApiserver('SIGKILL');
    await kube.compactEtcd();
    await kube.startApiserver();
    for (const status of [201, 202]) await apply(kube, route('new', status));
    await kube.compactEtcd();
    await hasRoute(run, 'new');
    await until(
      'another list',
      () => run.relists.filter((kind) => kind === 'LoomRoute').length > lists || undefined,
    );
    expect(run.source.objects.LoomRoute.has(`${ns}/old`)).to.equal(true);
  });

  it('has one leader, who hands over at once when it ends, and is replaced when it does not', async () => {
    // Long enough for a machine that stands still for seconds.
    const lease = { durationMs: 15_000, renewMs: 8000, retryMs: 400 };
    const one = await start('one', lease);
    await until('first leader', () => one.source.leads || undefined);
    const two = await start('two', lease);
    await apply(kube, route('led'));
    await hasRoute(one, 'led');
    await hasRoute(two, 'led');
    expect([one.source.leads, two.source.leads]).to.deep.equal([true, false]);
    two.source.report(accepted(two, 'led', 'by two'));
    one.source.report(accepted(one, 'led', 'by one'));
    await until('status of the leader', async () =>
      (await shown('led')).find(({ message }) => message === 'by one'),
    );
    const before = performance.now();
    await one.stop();
    expect(one.source.leads).to.equal(false);
    await until('second leader', () => two.source.leads || undefined);
    expect(performance.now() - before, 'before the Lease would be over').to.be.lessThan(12_000);
    // The new leader says what it knew all along.
    await until('status of the second', async () =>
      (await shown('led')).find(({ message }) => message === 'by two'),
    );

    const away = performance.now();
    await kube.stopApiserver('SIGKILL');
    await until('no leader', () => !two.source.leads || undefined);
    expect(performance.now() - away, 'before another may lead').to.be.lessThan(lease.durationMs);
    await kube.startApiserver();
    await until('leader again', () => two.source.leads || undefined);
  });
});
