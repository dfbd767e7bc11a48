import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { startBackend } from '../support/cluster-backend.ts';
import { apply, clear, conditions, createNamespace, loom, routeTo } from '../support/cluster-objects.ts';
import { launchOperator, ready, serves, type Operator } from '../support/cluster-operator.ts';
import { type Cluster, cluster, installCrds, network } from '../support/cluster.ts';
import { until } from '../support/cluster-wait.ts';
import { askDns, startDns, type Dns } from '../support/dns.ts';
import type { Zone } from '../support/dns-peer.ts';

const ns = 'inner-addresses';
const port = 8000;

describe('names of tenants that lead to the machine itself', () => {
  let kube: Cluster;
  let operator: Operator;
  let dns: Dns;
  let askOthers: (() => void) | undefined;
  let zone: Zone;
  let backend: Awaited<ReturnType<typeof startBackend>> | undefined;
  /** What is there for nobody but the machine, and who came. */
  let inner: Server;
  /** Sends everybody there. */
  let sender: Server;
  let visits = 0;

  before(async function () {
    this.timeout(240_000);
    if (!network) this.skip();
    kube = await cluster();
    await installCrds(kube);
    await createNamespace(kube, ns);
    backend = await startBackend('51', `${network}.51`, port);
    inner = createServer((socket) => {
      visits++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => inner.listen(port, '127.0.0.1', resolve));
    sender = createHttpServer((_, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end(),
    );
    await new Promise<void>((resolve) => sender.listen(port, `${network}.52`, resolve));
    dns = await startDns(`${network}.53`);
    zone = {
      'good.example': { addresses: [`${network}.51`] },
      'both.example': { addresses: ['127.0.0.1', `${network}.51`] },
      'inward.example': { addresses: ['127.0.0.1'] },
      'cloud.example': { addresses: ['169.254.169.254'] },
      'moved.example': { addresses: [`${network}.52`] },
      'turns.example': { addresses: [`${network}.51`] },
    };
    await dns.be(zone);
    askOthers = askDns(`${network}.53`, kube.dir);
    operator = await launchOperator(kube, 'operator', undefined, ['--allow-external-names']);
    await ready(operator);
  });
  after(async () => {
    await operator?.stop();
    askOthers?.();
    dns?.kill();
    inner?.close();
    sender?.close();
    await backend?.stop();
    if (kube) await clear(kube, ns);
  });

  const isRefused = (name: string): Promise<boolean> =>
    until(`refusal of ${name}`, async () => {
      const { status, body } = await operator.get(`${name}.test`);
      expect(`${status} ${body}`).to.match(/^502 inner-address: /);
      return true;
    });

  it('are refused where they come from an ExternalName', async () => {
    const names = ['good', 'both', 'inward', 'cloud'];
    const services = names.map((name) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        namespace: ns,
        name,
        annotations: { 'loom.dev/route.web.host': `${name}.test`, 'loom.dev/route.web.path': '/*' },
      },
      spec: { type: 'ExternalName', externalName: `${name}.example`, ports: [{ port, name: 'http' }] },
    }));
    await apply(kube, ...services);
    await serves(operator, 'good.test', '51');
    await serves(operator, 'both.test', '51');
    for (let i = 0; i < 20; i++) expect((await operator.get('both.test')).status).to.equal(200);
    await isRefused('inward');
    await isRefused('cloud');
    const { body } = await operator.admin('/metrics');
    expect(body).to.match(/loom_upstream_requests_total\{[^}]*code="inner-address"/);
    expect(visits).to.equal(0);
  });

  it('are refused where they come from a LoomUpstream, which keeps the addresses that it had', async () => {
    const upstream = (name: string, address: string, more: object = {}) =>
      loom('LoomUpstream', ns, name, { endpoints: [{ address, port }], ...more });
    const dnsSettings = { dns: { minInterval: '100ms', maxInterval: '200ms' } };
    const route = (name: string) => routeTo(name, ns, `${name}.test`);
    await apply(
      kube,
      upstream('literal', '127.0.0.1'),
      upstream('mapped', '::ffff:127.0.0.1'),
      upstream('turns', 'turns.example', dnsSettings),
      ...['literal', 'mapped', 'turns'].map(route),
    );
    await isRefused('literal');
    await isRefused('mapped');
    await until('Events that say so', async () => {
      const { items } = JSON.parse(
        await kube.kubectl(['get', 'events.events.k8s.io', '-n', ns, '-o', 'json']),
      );
      const warned = (items as { reason: string; regarding: { name: string } }[])
        .filter(({ reason }) => reason === 'InnerAddress')
        .map(({ regarding }) => regarding.name);
      return (warned.includes('literal') && warned.includes('mapped')) || undefined;
    });
    await serves(operator, 'turns.test', '51');
    await dns.be({ ...zone, 'turns.example': { addresses: ['127.0.0.1'] } });
    const isTold = /turns\.example leads to 127\.0\.0\.1/;
    await until('line in the log', () => isTold.test(operator.process.log()) || undefined);
    for (let i = 0; i < 20; i++) expect((await operator.get('turns.test')).status).to.equal(200);
    expect(visits).to.equal(0);
  });

  it('are refused where modules of plugins come from, and keys of tokens', async () => {
    const names = ['inward', 'cloud', 'moved'];
    const source = (name: string) => ({
      http: { url: `http://${name}.example:${port}/p`, insecure: 'PlainHttp' },
    });
    const keys = (name: string) => ({ name, jwksUrl: `http://${name}.example:${port}/keys` });
    await apply(
      kube,
      ...names.map((name) => loom('WasmPlugin', ns, name, { source: source(name) })),
      routeTo('turns', ns, 'tokens.test', { jwt: { providers: names.map(keys) } }),
    );
    for (const name of names)
      await until(`refusal of ${name}`, async () => {
        const { ResolvedRefs } = await conditions(kube, ns, `wp/${name}`, { ResolvedRefs: 'False' });
        return ResolvedRefs?.reason === 'NotAllowed' || undefined;
      });
    const leads = [
      ['inward', 'inward.example leads to 127.0.0.1'],
      ['cloud', 'cloud.example leads to 169.254.169.254'],
      ['moved', '127.0.0.1'],
    ] as const;
    for (const [name, why] of leads)
      await until(`line about the keys of ${name}`, () => {
        const lines = operator.process.log().split('\n');
        const told = lines.filter((line) => line.includes('keys of tokens could not be read'));
        return told.some((line) => line.includes(`${name}.example`) && line.includes(why)) || undefined;
      });
    expect(visits).to.equal(0);
  });
});
