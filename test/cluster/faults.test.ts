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
import {
  backendOf,
  launchOperator,
  type Operator,
  ready,
  serves,
  startOperator,
} from '../support/cluster-operator.ts';
import { until } from '../support/cluster-wait.ts';

const ns = 'faults';

describe('an operator whose API server', () => {
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
  beforeEach(() => apply(kube, staticUpstream(ns, 'shop', one.address, one.port)));
  afterEach(() => clear(kube, ns));
  after(async () => {
    await operator?.stop();
    await Promise.all([one?.stop(), two?.stop()]);
  });

  it('is killed goes on serving, stays ready, and sees later changes when it is back', async () => {
    await apply(kube, routeTo('shop', ns, 'killed.test'));
    await serves(operator, 'killed.test', 'one');
    await kube.stopApiserver('SIGKILL');
    for (let i = 0; i < 200; i++) expect(backendOf(await operator.get('killed.test'))).to.equal('one');
    expect((await operator.admin('/ready')).status).to.equal(200);
    await kube.startApiserver();
    expect(backendOf(await operator.get('killed.test'))).to.equal('one');
    await apply(kube, staticUpstream(ns, 'shop', two.address, two.port));
    await serves(operator, 'killed.test', 'two');
    await conditions(kube, ns, 'lu/shop', served);
  });

  it('is killed sees what was deleted before it could look again', async () => {
    await apply(kube, routeTo('shop', ns, 'deleted.test'), routeTo('shop', ns, 'stays.test'));
    await serves(operator, 'deleted.test', 'one');
    await serves(operator, 'stays.test', 'one');
    operator.process.signal('SIGSTOP');
    try {
      await kube.kubectl(['delete', 'lr/deleted', '-n', ns]);
      await kube.stopApiserver('SIGKILL');
      await kube.startApiserver();
    } finally {
      operator.process.signal('SIGCONT');
    }
    await serves(operator, 'deleted.test', '404');
    expect(backendOf(await operator.get('stays.test'))).to.equal('one');
  });

  it('has been killed and has forgotten what the watch may have missed loses nothing', async () => {
    await apply(kube, routeTo('shop', ns, 'old.test'), routeTo('shop', ns, 'steady.test'));
    await serves(operator, 'old.test', 'one');
    await serves(operator, 'steady.test', 'one');
    // Stopped, the operator cannot follow; a restarted API server has no memory of its own of what happened meanwhile.
    operator.process.signal('SIGSTOP');
    try {
      await kube.kubectl(['delete', 'lr/old', '-n', ns]);
      await apply(kube, routeTo('shop', ns, 'new.test'));
      await kube.stopApiserver('SIGKILL');
      await kube.compactEtcd();
      await kube.startApiserver();
      for (let i = 0; i < 3; i++)
        await apply(kube, routeTo('shop', ns, 'new.test', { maxRequestBodyBytes: 100 + i }));
      await kube.compactEtcd();
    } finally {
      operator.process.signal('SIGCONT');
    }
    await serves(operator, 'new.test', 'one');
    await serves(operator, 'old.test', '404');
    expect(backendOf(await operator.get('steady.test'))).to.equal('one');
  });

  it('is away when it starts is not ready, and becomes so when the API server comes', async () => {
    await apply(kube, routeTo('shop', ns, 'late.test'));
    await kube.stopApiserver('SIGKILL');
    const late = await launchOperator(kube, 'late');
    try {
      const { status } = await until('admin API', () => late.admin('/ready'));
      expect(status).to.equal(503);
      await kube.startApiserver();
      await ready(late);
      await serves(late, 'late.test', 'one');
    } finally {
      await late.stop();
    }
  });
});
