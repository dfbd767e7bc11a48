import { expect } from 'chai';
import { type Cluster, cluster, installCrds } from '../support/cluster.ts';
import { startBackend } from '../support/cluster-backend.ts';
import { apply, clear, createNamespace, routeTo, staticUpstream } from '../support/cluster-objects.ts';
import { echoOf, serves, startOperator } from '../support/cluster-operator.ts';
import { until } from '../support/cluster-wait.ts';

const ns = 'shutdown';

describe('SIGTERM', () => {
  let kube: Cluster;
  let backend: Awaited<ReturnType<typeof startBackend>>;

  before(async () => {
    kube = await cluster();
    await installCrds(kube);
    await createNamespace(kube, ns);
    backend = await startBackend('one');
    await apply(
      kube,
      staticUpstream(ns, 'shop', backend.address, backend.port),
      routeTo('shop', ns, 'drain.test'),
    );
  });
  after(async () => {
    await clear(kube, ns);
    await backend?.stop();
  });

  it('lets requests in flight finish, then the operator ends with 0', async () => {
    const operator = await startOperator(kube);
    await serves(operator, 'drain.test', 'one');
    const slow = Promise.all([operator.get('drain.test', '/slow'), operator.get('drain.test', '/slow')]);
    await until('requests in flight', () => backend.held() === 2 || undefined);

    operator.process.signal('SIGTERM');
    await until('not ready', async () =>
      (await operator.admin('/ready')).status === 503 ? true : undefined,
    );
    expect(operator.process.exitCode()).to.equal(undefined);
    backend.release();
    for (const answer of await slow) {
      expect(answer.status).to.equal(200);
      expect(echoOf(answer).backend).to.equal('one');
      expect(answer.headers['connection']).to.equal('close');
    }
    expect(await until('end', () => operator.process.exitCode() ?? undefined)).to.equal(0);
  });

  it('ends an operator without requests at once', async () => {
    const operator = await startOperator(kube);
    const begin = performance.now();
    expect(await operator.stop()).to.equal(0);
    // It does not wait for the end of its time to drain, which is 40 s.
    expect(performance.now() - begin).to.be.lessThan(20_000);
  });
});
