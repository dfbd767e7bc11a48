import { expect } from 'chai';
import { type Cluster, cluster, installCrds } from '../support/cluster.ts';
import { startBackend } from '../support/cluster-backend.ts';
import {
  apply,
  clear,
  conditions,
  createNamespace,
  read,
  routeTo,
  served,
  staticUpstream,
} from '../support/cluster-objects.ts';
import { type Operator, serves, startOperator } from '../support/cluster-operator.ts';
import { until } from '../support/cluster-wait.ts';

const ns = 'leader';
const users = ['twin-a', 'twin-b'] as const;

describe('two operators', () => {
  let kube: Cluster;
  let backend: Awaited<ReturnType<typeof startBackend>>;
  const operators = new Map<string, Operator>();

  before(async () => {
    kube = await cluster();
    await installCrds(kube);
    await createNamespace(kube, ns);
    backend = await startBackend('one');
    await apply(kube, staticUpstream(ns, 'shop', backend.address, backend.port));
    for (const user of users) operators.set(user, await startOperator(kube, user));
  });
  after(async () => {
    for (const operator of operators.values()) await operator.stop();
    if (kube) await clear(kube, ns);
    await backend?.stop();
  });

  /** Names of the users that wrote the status of a route. */
  const writers = async (route: string): Promise<string[]> => {
    const events = (await kube.audit()).filter(
      ({ verb, requestURI }) =>
        ['patch', 'update'].includes(verb) &&
        requestURI.includes(`/namespaces/${ns}/loomroutes/${route}/status`),
    );
    return [...new Set(events.map(({ user }) => user.username))];
  };

  it('both serve, and one of them writes status; when it dies without a word the other takes over', async () => {
    await apply(kube, routeTo('shop', ns, 'shared.test'));
    for (const operator of operators.values()) await serves(operator, 'shared.test', 'one');
    await conditions(kube, ns, 'lr/shared', served);
    const [first, ...more] = await writers('shared');
    expect(more).to.deep.equal([]);
    expect(first).to.be.oneOf([...users]);

    await operators.get(first ?? '')?.process.stop('SIGKILL');
    operators.delete(first ?? '');
    await apply(kube, routeTo('shop', ns, 'inherited.test'));
    await conditions(kube, ns, 'lr/inherited', served);
    expect(await writers('inherited')).to.deep.equal(users.filter((user) => user !== first));
  });

  it('hand over at once when the leader is asked to end', async () => {
    const [follower, leader] = [await startOperator(kube, 'twin-c'), [...operators.values()][0]];
    operators.set('twin-c', follower);
    expect(await leader?.stop()).to.equal(0);
    for (const [user, operator] of operators) if (operator === leader) operators.delete(user);
    // Given back: the follower need not wait until it is over.
    const { spec } = (await read(kube, 'default', 'lease/loom')) as { spec?: { holderIdentity?: string } };
    expect(spec?.holderIdentity ?? '').to.match(/^$|twin-c/);
    await apply(kube, routeTo('shop', ns, 'handed.test'));
    await conditions(kube, ns, 'lr/handed', served);
    await until('one writer', async () => ((await writers('handed')).join() === 'twin-c' ? true : undefined));
  });
});
