import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { externalDnsBinary } from '../../hack/external-dns/build.ts';
import { type Cluster, cluster, installCrds } from '../support/cluster.ts';
import { apply, clear, createNamespace, loom } from '../support/cluster-objects.ts';
import { launchOperator, type Operator, ready } from '../support/cluster-operator.ts';
import { type Running, start } from '../support/cluster-process.ts';
import { until } from '../support/cluster-wait.ts';
import { freePort } from '../support/free-port.ts';

const ns = 'external-dns';

/** The command of docs/kubernetes.md, as a shell reads it: `$0` is the program, further arguments are those of a provider. */
async function documented(): Promise<string> {
  const page = await readFile('docs/kubernetes.md', 'utf8');
  const [, options = ''] = /```sh\nexternal-dns ([\s\S]*?)```/.exec(page) ?? [];
  expect(options).to.not.equal('');
  return `exec "$0" ${options.trim()} "$@"`;
}

describe('external-dns, as the documentation starts it', function () {
  this.timeout(240_000);
  let kube: Cluster;
  let operator: Operator;
  let dns: Running;

  before(async function () {
    const program = await externalDnsBinary().catch(() => undefined);
    if (program === undefined) return this.skip();
    kube = await cluster();
    await installCrds(kube);
    await createNamespace(kube, ns);
    await apply(kube, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: ns, name: 'loom' },
      spec: { type: 'LoadBalancer', ports: [{ name: 'http', port: 80 }] },
    });
    // No controller of a class serves it: no status, as of a route that Loom has not seen yet.
    const unseen = { className: 'nobody', hosts: ['unseen.example.com'], rules: [answer] };
    await apply(kube, loom('LoomRoute', ns, 'unseen', unseen), shop('shop.example.com', 'www.example.com'));
    const scope = ['--namespaces', ns, '--lease-namespace', ns, '--publish-service', `${ns}/loom`];
    operator = await launchOperator(kube, 'external-dns-loom', undefined, scope);
    // A provider that keeps the records to itself and says what becomes of them.
    const provider = ['--provider=inmemory', '--inmemory-zone=example.com', '--registry=noop'];
    const pace = ['--interval=1s', `--metrics-address=127.0.0.1:${await freePort()}`];
    const where = [`--kubeconfig=${await kube.login('external-dns')}`, `--namespace=${ns}`];
    const words = ['-c', await documented(), program, ...provider, ...pace, ...where];
    dns = start('sh', words, { log: join(kube.dir, 'logs/external-dns') });
    await ready(operator);
  });
  after(async () => {
    await dns?.stop();
    await operator?.stop();
    if (kube) await clear(kube, ns);
  });

  const answer = { name: 'all', directResponse: { status: 200 } };
  const shop = (...hosts: readonly string[]) => loom('LoomRoute', ns, 'shop', { hosts, rules: [answer] });
  /** What the controller of a cloud does. */
  const give = async (...ingress: readonly object[]): Promise<void> => {
    const patch = JSON.stringify({ status: { loadBalancer: { ingress } } });
    const how = ['--subresource=status', '--type=merge', '-p', patch];
    await kube.kubectl(['patch', 'service/loom', '-n', ns, ...how]);
  };
  /** The records that there are after all that was said, such as `shop.example.com A 203.0.113.7`. */
  const records = (): readonly string[] => {
    const found = new Map<string, string>();
    const changes = /(CREATE|UPDATE \(new\)|DELETE): (\S+) \d+ IN (\S+) \S* (\S+) \[/g;
    for (const [, change, name, type, targets] of dns.log().matchAll(changes)) {
      if (change === 'DELETE') found.delete(`${name} ${type}`);
      else found.set(`${name} ${type}`, `${name} ${type} ${targets}`);
    }
    return [...found.values()].toSorted();
  };
  const shows = async (...wanted: readonly string[]): Promise<void> => {
    const ended = await until(
      wanted.join(),
      () => {
        if (dns.exitCode() !== undefined) return true;
        expect(records(), dns.log().slice(-2000)).to.deep.equal(wanted);
        return false;
      },
      90,
    );
    if (ended) throw new Error(`external-dns has ended: ${dns.log().slice(-2000)}`);
  };

  it('gives each host of a route the address of Loom', async () => {
    await give({ ip: '203.0.113.7' });
    await shows('shop.example.com A 203.0.113.7', 'www.example.com A 203.0.113.7');
  });

  it('follows the address, whatever its kind', async () => {
    await give({ ip: '203.0.113.8' }, { ip: '2001:db8::8' });
    await shows(
      'shop.example.com A 203.0.113.8',
      'shop.example.com AAAA 2001:db8::8',
      'www.example.com A 203.0.113.8',
      'www.example.com AAAA 2001:db8::8',
    );
    await give({ hostname: 'lb.example.net' });
    await shows('shop.example.com CNAME lb.example.net', 'www.example.com CNAME lb.example.net');
  });

  it('follows the hosts, and takes records away with the route', async () => {
    await apply(kube, shop('shop.example.com'));
    await shows('shop.example.com CNAME lb.example.net');
    await kube.kubectl(['delete', 'loomroute/shop', '-n', ns]);
    await shows();
  });
});
