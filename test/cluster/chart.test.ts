import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { readSettings } from '../../src/sources/file/settings.ts';
import { type Cluster, cluster, installCrds, network } from '../support/cluster.ts';
import { startBackend } from '../support/cluster-backend.ts';
import { apply, clear, conditions, routeTo, served, staticUpstream } from '../support/cluster-objects.ts';
import { type Operator, operatorOf, ready, serves } from '../support/cluster-operator.ts';
import { type PodTemplate, startPod } from '../support/cluster-pod.ts';
import { until } from '../support/cluster-wait.ts';

const ns = 'chart';
const chart = 'charts/loom';
const account = `system:serviceaccount:${ns}:loom`;

const filesOf = (dir: string) =>
  Object.fromEntries(globSync(`${dir}/*.yaml`).map((path) => [basename(path), readFileSync(path, 'utf8')]));

describe('the chart', () => {
  let kube: Cluster;
  let template: PodTemplate;

  before(async () => {
    kube = await cluster();
    await installCrds(kube);
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await apply(kube, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ns, labels } });
    await kube.helm(['install', 'loom', chart, '-n', ns, '--set', `rbac.secretNamespaces={${ns}}`]);
    const deployment: { spec: { template: PodTemplate } } = JSON.parse(
      await kube.kubectl(['get', 'deployment/loom', '-n', ns, '-o', 'json']),
    );
    template = deployment.spec.template;
  });
  after(async () => {
    await clear(kube, ns);
    await kube.helm(['uninstall', 'loom', '-n', ns, '--wait=hookOnly']);
  });

  it('has the CRDs of crds/', () => {
    expect(filesOf(join(chart, 'crds'))).to.deep.equal(filesOf('crds'));
  });

  it('passes helm lint --strict', () => kube.helm(['lint', '--strict', chart]));

  const wrong = {
    'a value with a typing error': 'replicas=3',
    'a port that needs privileges': 'listeners[0].port=80',
    'a log level that does not exist': 'logLevel=loud',
    'a digest that is none': 'image.digest=latest',
    'a time without its unit': 'rateLimits.redis.timeout=50',
    'no listener': 'listeners=null',
  };
  for (const [what, value] of Object.entries(wrong)) {
    it(`refuses ${what}`, async () => {
      const verdict = await kube.helm(['template', 'loom', chart, '--set', value]).catch(String);
      expect(verdict).to.match(/values don't meet the specifications of the schema/);
    });
  }

  it('renders settings that Loom reads', async () => {
    const set = [
      'workers=3',
      'accessLog=false',
      'logLevel=warn',
      'metrics.enabled=false',
      'shutdown.drainSeconds=9',
    ];
    const values = [...set, 'trustedProxies={10.0.0.0/8}', 'admin.port=9999'].flatMap((value) => [
      '--set',
      value,
    ]);
    const text = await kube.helm([
      'template',
      'loom',
      chart,
      '--show-only',
      'templates/configmap.yaml',
      ...values,
    ]);
    const map: { data: { 'loom.yaml': string } } = parse(text);
    const read = readSettings(parse(map.data['loom.yaml']));
    if (!('settings' in read)) throw new Error(JSON.stringify(read.problems));
    const { listeners, admin, ...others } = read.settings;
    expect(listeners).to.deep.equal([{ name: 'http', host: '', port: 8080, protocol: 'http' }]);
    expect(admin).to.deep.equal({ enabled: true, host: '', port: 9999 });
    expect(others).to.deep.include({
      workers: 3,
      accessLog: false,
      logLevel: 'warn',
      trustedProxies: ['10.0.0.0/8'],
    });
    expect(others.metrics).to.deep.equal({ enabled: false, path: '/metrics' });
    expect(others.drain).to.deep.equal({ delayMs: 3000, timeoutMs: 9000 });
  });

  it('has the limits of the settings that are given, and the defaults of the others', async () => {
    const given = {
      maxRequestBodyBytes: 10_000_000_000,
      keepAlive: '90s',
      tunnelIdle: '10m',
      http2MaxStreams: 64,
    };
    const set = Object.entries(given).flatMap(([name, value]) => ['--set', `limits.${name}=${value}`]);
    const text = await kube.helm([
      'template',
      'loom',
      chart,
      '--show-only',
      'templates/configmap.yaml',
      ...set,
    ]);
    const map: { data: { 'loom.yaml': string } } = parse(text);
    const read = readSettings(parse(map.data['loom.yaml']));
    expect('settings' in read && read.settings.limits).to.deep.include({
      maxRequestBodyBytes: 10_000_000_000,
      keepAliveMs: 90_000,
      tunnelIdleMs: 600_000,
      headerTimeoutMs: 15_000,
    });
  });

  it('has the access log and the tracing of its values, in the words of loom.yaml', async () => {
    const accessLog = {
      output: '/tmp/access.log',
      fields: ['status', 'path'],
      requestHeaders: ['x-tenant'],
      sampling: { '2xx': 0.5 },
      redact: { query: ['t'] },
      bufferKib: 64,
    };
    const tracing = {
      endpoint: 'http://collector:4318',
      sampling: { percent: 0.5, followParent: false },
      resource: { 'deployment.environment.name': 'prod' },
      caConfigMap: { name: 'ca' },
      queueSpans: 9,
    };
    const set = ['--set-json', JSON.stringify({ accessLog, tracing })];
    const only = ['--show-only', 'templates/configmap.yaml'];
    const text = await kube.helm(['template', 'loom', chart, ...only, ...set]);
    const map: { data: { 'loom.yaml': string } } = parse(text);
    const read = readSettings(parse(map.data['loom.yaml']));
    expect('settings' in read && read.settings.accessLog).to.deep.include({
      output: '/tmp/access.log',
      fields: ['status', 'path'],
      requestHeaders: ['x-tenant'],
      sampling: { 2: 0.5, 3: 100, 4: 100 },
      bufferSize: 65_536,
    });
    const told = 'settings' in read ? read.settings.tracing : undefined;
    expect(told).to.include({
      url: 'http://collector:4318/v1/traces',
      ratio: 0.005,
      followsParent: false,
      caFile: '/etc/loom-collector-ca/ca.crt',
      queueSpans: 9,
    });
    expect(told?.resource).to.include({ 'deployment.environment.name': 'prod' });
  });

  it('mounts the authorities of client certificates where the settings look for them', async () => {
    const listener = ['name=web', 'protocol=https', 'port=8443', 'servicePort=443'];
    const values = [...listener, 'tls.clientCa.secret=clients', 'tls.clientAuth=optional'];
    const set = values.flatMap((value) => ['--set', `listeners[0].${value}`]);
    const render = async (file: string): Promise<string> =>
      kube.helm(['template', 'loom', chart, '--show-only', `templates/${file}.yaml`, ...set]);
    const map: { data: { 'loom.yaml': string } } = parse(await render('configmap'));
    const read = readSettings(parse(map.data['loom.yaml']));
    const clientCa = '/etc/loom-client-ca/web/ca.crt';
    expect('settings' in read && read.settings.listeners[0]?.tls).to.deep.equal({
      clientCa,
      clientAuth: 'optional',
      minVersion: '1.2',
    });
    const deployment = await render('deployment');
    expect(deployment)
      .to.include('mountPath: /etc/loom-client-ca/web\n')
      .and.include('secretName: clients\n');
  });

  it('makes pods that the restricted policy admits', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      ...template,
      metadata: { ...template.metadata, name: 'pod-0' },
    };
    await kube.kubectl(['create', '-n', ns, '--dry-run=server', '-f', '-'], JSON.stringify(pod));
  });

  const rights = {
    'list loomroutes.loom.dev -A': true,
    'patch wasmplugins.loom.dev --subresource=status -A': true,
    'update loomroutes.loom.dev -A': false,
    'delete wasmplugins.loom.dev -A': false,
    'watch endpointslices.discovery.k8s.io -A': true,
    'create events.events.k8s.io -A': true,
    [`update leases.coordination.k8s.io/loom -n ${ns}`]: true,
    [`update leases.coordination.k8s.io/other -n ${ns}`]: false,
    'update leases.coordination.k8s.io/loom -n kube-system': false,
    [`list secrets -n ${ns}`]: true,
    [`get secrets -n ${ns}`]: false,
    'list secrets -n default': false,
    'create pods -A': false,
  };
  for (const [what, allowed] of Object.entries(rights)) {
    it(`${allowed ? 'lets' : 'does not let'} its account ${what}`, async () => {
      const ask = kube.kubectl(['auth', 'can-i', ...what.split(' '), `--as=${account}`]);
      expect((await ask.catch(String)).includes('yes')).to.equal(allowed);
    });
  }

  describe('as a running pod', () => {
    let pod: Operator;
    let backend: Awaited<ReturnType<typeof startBackend>>;

    before(async function () {
      if (!network) this.skip(); // its ports are fixed, and the machine's own may be taken
      backend = await startBackend('one', `${network}.21`);
      const container = template.spec.containers[0];
      const port = (name: string) => container?.ports.find((p) => p.name === name)?.containerPort ?? 0;
      pod = operatorOf(await startPod(kube, ns, template), port('http'), port('admin'));
      await ready(pod);
    });
    after(async () => {
      await pod?.stop();
      await backend?.stop();
    });

    it('answers its probes', async () => {
      const container = template.spec.containers[0];
      for (const probe of [container?.startupProbe, container?.readinessProbe, container?.livenessProbe]) {
        expect(probe?.httpGet.port).to.equal('admin');
        expect((await pod.admin(probe?.httpGet.path ?? '')).status).to.equal(200);
      }
    });

    it('serves, leads and writes status with the rights of its account, and asks for nothing more', async () => {
      await apply(
        kube,
        staticUpstream(ns, 'shop', backend.address, backend.port),
        routeTo('shop', ns, 'pod.test'),
      );
      await serves(pod, 'pod.test', 'one');
      await conditions(kube, ns, 'lr/pod', served);
      const lease = await until('lease', () => kube.kubectl(['get', 'lease/loom', '-n', ns, '-o', 'json']));
      expect(lease).to.include('pod-0');
      const own = (await kube.audit()).filter(({ user }) => user.username === account);
      expect(own).to.not.deep.equal([]);
      expect(own.filter(({ responseStatus }) => responseStatus?.code === 403)).to.deep.equal([]);
    });

    it('ends with 0 when the kubelet asks', async () => {
      expect(await pod.stop()).to.equal(0);
    });
  });
});
