import { expect } from 'chai';
import { Agent, request } from 'undici';
import { quicGoBinaries } from '../../hack/quic-go/build.ts';
import { ForeignClient } from '../http3/foreign-client.ts';
import { Authority } from '../support/authority.ts';
import { type Cluster, cluster, installCrds } from '../support/cluster.ts';
import { apply, clear, conditions, createNamespace, loom, served } from '../support/cluster-objects.ts';
import { until } from '../support/cluster-wait.ts';
import { type Pods, startPods } from '../support/pods/runner.ts';

const ns = 'quick';
const host = 'quick.test';

describe('a release of the chart with HTTP/3', function () {
  this.timeout(600_000);
  let kube: Cluster;
  let pods: Pods;
  let authority: Authority;
  let address: string;

  /** `enabled`: of HTTP/3, beside TLS over TCP at the same ports. */
  const helm = (command: string, enabled: boolean): Promise<string> => {
    const listener = { name: 'https', protocol: 'https', port: 8443, servicePort: 443, http3: { enabled } };
    const values = {
      listeners: [listener],
      replicaCount: 1,
      workers: 1,
      watchNamespaces: [ns],
      rbac: { secretNamespaces: [ns] },
    };
    const given = Object.entries(values).flatMap(([name, value]) => [
      '--set-json',
      `${name}=${JSON.stringify(value)}`,
    ]);
    return kube
      .helm([command, 'loom', 'charts/loom', '-n', ns, '--wait', '--timeout', '240s', ...given])
      .catch((error: unknown) => {
        throw new Error(`${String(error)}\n${JSON.stringify(pods.logs(), null, 1).slice(0, 6000)}`);
      });
  };
  const spec = async <T>(object: string): Promise<T> =>
    (JSON.parse(await kube.kubectl(['get', object, '-n', ns, '-o', 'json'])) as { spec: T }).spec;
  /** Through the address of the Service. */
  const answered = async (): Promise<boolean> => {
    const { client: program } = await quicGoBinaries();
    const client = await ForeignClient.connect([program], 443, {
      host: address,
      sni: host,
      ca: authority.file,
    });
    const { fields, failure, body } = await client.request({ host });
    await client.close();
    expect([new Map(fields).get(':status'), failure, body]).to.deep.equal(['200', null, 'quick']);
    return true;
  };

  before(async () => {
    kube = await cluster();
    pods = await startPods(kube);
    await installCrds(kube);
    await createNamespace(kube, ns);
    authority = new Authority('quick');
    const { cert, key } = authority.issue(`/CN=${host}`, `DNS:${host}`);
    await apply(
      kube,
      {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/tls',
        metadata: { namespace: ns, name: 'quick' },
        stringData: { 'tls.crt': cert, 'tls.key': key },
      },
      loom('LoomRoute', ns, 'quick', {
        hosts: [host],
        tls: { secretRef: { name: 'quick' } },
        rules: [{ name: 'all', directResponse: { status: 200, body: 'quick' } }],
      }),
    );
  });
  after(async () => {
    await kube?.helm(['uninstall', 'loom', '-n', ns, '--wait', '--timeout', '240s']).catch(() => '');
    if (kube) await clear(kube, ns);
    await pods?.stop();
    authority?.remove();
  });

  it('has a UDP port in Service and pod, and a client is answered over it', async () => {
    await helm('install', true);
    await conditions(kube, ns, 'lr/quick', served);
    const service = await spec<{ clusterIP: string }>('service/loom');
    address = service.clusterIP;
    await until('an answer', answered, 90);
  });

  it('passes helm test, though no listener speaks plain HTTP', async () => {
    expect(await kube.helm(['test', 'loom', '-n', ns, '--timeout', '180s'])).to.match(/Phase:\s+Succeeded/);
  });

  it('tells clients over TCP of the port of the Service', async () => {
    const agent = new Agent({ connect: { ca: authority.cert, servername: host } });
    const { headers, body } = await request(`https://${address}/`, { dispatcher: agent, headers: { host } });
    expect(await body.text()).to.equal('quick');
    expect(headers['alt-svc']).to.match(/^h3=":443"/);
    await agent.close();
  });

  // Two ports of one number: patches that know ports by their numbers alone lose one of them.
  it('is upgraded without it, and with it again', async () => {
    const protocols = async (): Promise<unknown> => {
      const service = await spec<{ ports: { protocol: string }[] }>('service/loom');
      const { template } = await spec<{ template: { spec: { containers: { ports: Port[] }[] } } }>(
        'deployment/loom',
      );
      const ports = template.spec.containers[0]?.ports.filter(({ containerPort }) => containerPort === 8443);
      return [service.ports, ports ?? []].map((all) => all.map(({ protocol }) => protocol).toSorted());
    };
    expect(await protocols()).to.deep.equal([
      ['TCP', 'UDP'],
      ['TCP', 'UDP'],
    ]);
    await helm('upgrade', false);
    expect(await protocols()).to.deep.equal([['TCP'], ['TCP']]);
    await helm('upgrade', true);
    expect(await protocols()).to.deep.equal([
      ['TCP', 'UDP'],
      ['TCP', 'UDP'],
    ]);
    // The address is that of the new pod as soon as kube-proxy knows it.
    await until('an answer', answered, 90);
  });
});

interface Port {
  readonly containerPort: number;
  readonly protocol: string;
}
