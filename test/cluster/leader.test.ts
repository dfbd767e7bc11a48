import { expect } from 'chai';
import type { KubeObject } from '../../src/api/core.ts';
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
import { annotatedService } from '../support/cluster-service.ts';
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

  it('tell once what stands, whoever leads, and also what came while nobody led', async () => {
    const first = [...operators.values()][0];
    /** Warnings and refusals of Services and routes, as `name reason` → version. */
    const told = async (): Promise<ReadonlyMap<string, string | undefined>> => {
      type Event = KubeObject & { reason: string; reportingController: string; regarding: { name: string } };
      const { items }: { items: Event[] } = JSON.parse(
        await kube.kubectl(['get', 'events.events.k8s.io', '-n', ns, '-o', 'json']),
      );
      // The API server has Events of its own for Services.
      const own = items.filter(({ reportingController }) => reportingController === 'loom.dev/loom');
      return new Map(
        own.map(({ regarding, reason, metadata }) => [
          `${regarding.name} ${reason}`,
          metadata.resourceVersion,
        ]),
      );
    };
    const has = (event: string) =>
      until(event, async () => {
        const all = await told();
        return all.has(event) ? all : undefined;
      });
    const odd = (name: string) => annotatedService(ns, name, { 'loom.dev/upstream.colour': 'red' });

    // Secrets are read when they are named: that one has not come yet is nothing to tell.
    await kube.kubectl(['create', 'secret', 'generic', 'ca', '-n', ns, '--from-literal=ca.crt=CA']);
    const secured = {
      'loom.dev/upstream.protocol': 'https',
      'loom.dev/upstream.tls.ca_secret_ref': 'ca',
    };
    await apply(kube, annotatedService(ns, 'secured', secured));
    await apply(kube, odd('odd-a'), routeTo('shop', ns, 'older.test'));
    await conditions(kube, ns, 'lr/older', served);
    const younger = routeTo('shop', ns, 'younger.test');
    await apply(kube, { ...younger, spec: { ...younger.spec, hosts: ['older.test'] } });
    await has('odd-a InvalidAnnotation');
    const before = await has('younger Conflicted');
    await conditions(kube, ns, 'lr/younger', { Accepted: 'False' });

    // Given back, to one that has been there all the time.
    const second = await startOperator(kube, 'twin-d');
    operators.set('twin-d', second);
    expect(await first?.stop()).to.equal(0);
    await apply(kube, odd('odd-b'));
    const handed = await has('odd-b InvalidAnnotation');
    for (const [event, version] of before) expect(handed.get(event), event).to.equal(version);

    // Killed, and followed by one that knows nothing.
    await second.process.stop('SIGKILL');
    operators.clear();
    await apply(kube, odd('odd-c'));
    operators.set('twin-e', await startOperator(kube, 'twin-e'));
    const taken = await has('odd-c InvalidAnnotation');
    for (const [event, version] of handed) expect(taken.get(event), event).to.equal(version);
    expect([...taken.keys()].filter((event) => event.startsWith('secured'))).to.deep.equal([]);
    expect(taken).to.have.all.keys(...handed.keys(), 'odd-c InvalidAnnotation');
  });
});
