import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { type Cluster, cluster, installCrds, network } from '../support/cluster.ts';
import { startBackend } from '../support/cluster-backend.ts';
import { apply, clear, createNamespace, loom, routeTo, staticUpstream } from '../support/cluster-objects.ts';
import {
  backendOf,
  launchOperator,
  type Operator,
  operatorOf,
  ready,
  serves,
} from '../support/cluster-operator.ts';
import { start } from '../support/cluster-process.ts';
import { annotatedService, slice } from '../support/cluster-service.ts';
import { until } from '../support/cluster-wait.ts';
import { freePort } from '../support/free-port.ts';
import { Load } from '../support/load.ts';

const ns = 'zero';
/** How long the API server is away; LOOM_AWAY_SECONDS=60 for the length that docs/kubernetes.md tells of. */
const awaySeconds = Number(process.env['LOOM_AWAY_SECONDS'] ?? 5);

let loads: Load[] = [];
function loading(host: string, ports: readonly number[]): Load {
  const load = new Load(host, ports);
  loads.push(load);
  return load;
}
/** A test that failed has not done it. */
async function endLoads(): Promise<void> {
  await Promise.all(loads.map((load) => load.stop()));
  loads = [];
}

describe('clients lose nothing', function () {
  this.timeout(400_000);
  let kube: Cluster;
  let backend: Awaited<ReturnType<typeof startBackend>>;
  let running: Operator[];

  before(async () => {
    kube = await cluster();
    await installCrds(kube);
    await createNamespace(kube, ns);
    backend = await startBackend('one');
  });
  beforeEach(async () => {
    running = [];
    await apply(
      kube,
      staticUpstream(ns, 'shop', backend.address, backend.port),
      routeTo('shop', ns, 'zero.test'),
    );
  });
  afterEach(async () => {
    await endLoads();
    await Promise.all(running.map((operator) => operator.stop()));
    await clear(kube, ns);
  });
  after(() => backend?.stop());

  const operator = async (delay?: string): Promise<Operator> => {
    const started = await launchOperator(kube, 'operator', undefined, [], delay);
    running.push(started);
    await ready(started);
    await serves(started, 'zero.test', 'one');
    return started;
  };

  it('but what was in flight, when one of two pods is killed', async () => {
    const [first, second] = [await operator(), await operator()];
    const load = loading('zero.test', [first.port, second.port]);
    await until('load', () => load.done > 100 || undefined, 60);
    first.process.signal('SIGKILL');
    const at = load.done;
    await until('more load', () => load.done > at + 200 || undefined, 60);
    await load.stop();
    // What the dead pod had in its hands is lost: no server can answer for another one. While the kernel takes it to pieces it may
    // take a connection more of each client.
    expect(load.lost.length, load.lost.join('; ')).to.be.at.most(2 * load.width);
    expect(load.wrong).to.deep.equal([]);
    expect((await second.admin('/ready')).status).to.equal(200);
  });

  it('when a pod is evicted', async () => {
    // Longer than clients take to hear of it, on whatever machine.
    const [first, second] = [await operator('8s'), await operator()];
    const load = loading('zero.test', [first.port, second.port]);
    await until('load', () => load.done > 100 || undefined, 60);
    // As kube-proxy does when the endpoint leaves its slice, which is while the pod still takes connections.
    first.process.signal('SIGTERM');
    await until('it drains', () => first.process.log().includes('shutting down') || undefined);
    load.leave(first.port);
    await until('the end', () => first.process.exitCode() ?? undefined, 60);
    const at = load.done;
    await until('more load', () => load.done > at + 100 || undefined, 60);
    await load.stop();
    expect([load.lost, load.wrong, first.process.exitCode()]).to.deep.equal([[], [], 0]);
  });

  it('when the API server is away while backends roll', async function () {
    if (!network) this.skip();
    this.timeout(400_000 + awaySeconds * 2000);
    const pods = await Promise.all(
      ['21', '22'].map((host) => startBackend(host, `${network}.${host}`, 8000)),
    );
    const at = (...hosts: readonly string[]) =>
      slice(
        ns,
        'rolling',
        hosts.map((host) => `${network}.${host}`),
        8000,
      );
    const route = loom('LoomRoute', ns, 'rolling', {
      hosts: ['rolling.test'],
      rules: [{ name: 'all', backends: [{ serviceRef: { name: 'rolling', port: 80 } }] }],
    });
    await apply(kube, annotatedService(ns, 'rolling'), at('21', '22'), route);
    const loom1 = await operator();
    await until('both answer', async () => {
      const seen = new Set<string>();
      for (let i = 0; i < 20; i++) seen.add(backendOf(await loom1.get('rolling.test')));
      return seen.has('21') && seen.has('22') ? true : undefined;
    });
    const load = loading('rolling.test', [loom1.port]);
    await until('load', () => load.done > 100 || undefined, 60);
    await kube.stopApiserver('SIGKILL');
    const away = performance.now();
    // The pod was on its way out when the API server went; nobody hears that it has left its slice.
    await pods[0]?.stop();
    const next = await startBackend('23', `${network}.23`, 8000);
    await until(
      'it is away for long',
      () => performance.now() - away > awaySeconds * 1000 || undefined,
      awaySeconds + 20,
    );
    await kube.startApiserver();
    await apply(kube, at('22', '23'));
    await serves(loom1, 'rolling.test', '23');
    await load.stop();
    expect([load.lost, load.wrong]).to.deep.equal([[], []]);
    await Promise.all([pods[1]?.stop(), next.stop()]);
  });

  it('when etcd is restored from an older backup', async () => {
    const loom1 = await operator();
    const restore = await kube.backUp();
    await serves(loom1, 'zero.test', 'one');
    await apply(kube, routeTo('shop', ns, 'after.test'));
    for (let i = 0; i < 30; i++)
      await apply(kube, routeTo('shop', ns, 'after.test', { maxRequestBodyBytes: 10 + i }));
    await serves(loom1, 'after.test', 'one');
    const load = loading('zero.test', [loom1.port]);
    await restore();
    await serves(loom1, 'after.test', '404');
    await apply(kube, routeTo('shop', ns, 'later.test'));
    await serves(loom1, 'later.test', 'one');
    await load.stop();
    expect([load.lost, load.wrong]).to.deep.equal([[], []]);
  });

  it('when a process starts while the API server is away, which serves what it read before', async () => {
    const cache = join(kube.dir, 'cache');
    const before = await launchOperator(kube, 'standby', cache);
    running.push(before);
    await ready(before);
    await serves(before, 'zero.test', 'one');
    await until('it is saved', async () => {
      const age = await readFile(join(cache, await savedIn(cache)));
      return age.length > 0 ? true : undefined;
    });
    await kube.stopApiserver('SIGKILL');
    try {
      before.process.signal('SIGKILL');
      const again = await launchOperator(kube, 'standby', cache);
      running.push(again);
      await ready(again);
      expect(backendOf(await again.get('zero.test'))).to.equal('one');
      expect(JSON.parse((await again.admin('/info')).body)).to.have.nested.property('lastGood.ageSeconds');
      await until(
        'its age',
        async () =>
          /loom_last_good_age_seconds [1-9]/.test((await again.admin('/metrics')).body) || undefined,
      );
      await kube.startApiserver();
      await apply(kube, routeTo('shop', ns, 'back.test'));
      await serves(again, 'back.test', 'one');
      await until('it is up to date', async () =>
        JSON.parse((await again.admin('/info')).body).lastGood === undefined ? true : undefined,
      );
    } finally {
      await kube.startApiserver().catch(() => undefined);
    }
  });
});

async function savedIn(folder: string): Promise<string> {
  const name = (await readdir(folder)).find((file) => file.endsWith('.gz'));
  if (name === undefined) throw new Error(`nothing in ${folder}`);
  return name;
}

describe('the service account of a pod', function () {
  this.timeout(400_000);
  let kube: Cluster;
  let pod: Operator;
  let files: string;
  let backend: Awaited<ReturnType<typeof startBackend>>;

  before(async function () {
    if (!network) this.skip();
    kube = await cluster();
    await installCrds(kube);
    await createNamespace(kube, ns);
    backend = await startBackend('one');
    files = join(kube.dir, 'account');
    await mkdir(files, { recursive: true });
    await kube.kubectl(['create', 'serviceaccount', 'pod', '-n', ns]);
    await kube.kubectl([
      'create',
      'clusterrolebinding',
      'zero-pod',
      '--clusterrole=cluster-admin',
      `--serviceaccount=${ns}:pod`,
    ]);
    await writeFile(join(files, 'ca.crt'), await readFile(kube.ca));
    await writeFile(join(files, 'namespace'), ns);
    await token('first');
    const [port, adminPort] = await Promise.all([freePort(), freePort()]);
    const config = join(kube.dir, 'account.yaml');
    const settings = {
      listeners: [{ name: 'http', address: `127.0.0.1:${port}`, protocol: 'http' }],
      admin: { address: `127.0.0.1:${adminPort}`, enabled: true },
      workers: 1,
      last_good: { enabled: false },
    };
    await writeFile(config, stringify(settings));
    const program = [process.execPath, 'src/main.ts', 'operator', '--config', config];
    const env = {
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: String(kube.port),
      KUBECONFIG: '',
    };
    const log = join(kube.dir, 'logs/account');
    pod = operatorOf(
      start('unshare', ['--mount', 'sh', '-c', mounted, 'sh', files, ...program], { log, env }),
      port,
      adminPort,
    );
    await apply(kube, staticUpstream(ns, 'shop', backend.address, backend.port));
    await ready(pod);
  });
  after(async () => {
    await pod?.stop();
    await backend?.stop();
    if (kube) await clear(kube, ns);
  });

  afterEach(endLoads);

  /** A token that ends with a Secret. */
  async function token(secret: string): Promise<void> {
    await apply(kube, { apiVersion: 'v1', kind: 'Secret', metadata: { name: secret, namespace: ns } });
    const bound = ['--bound-object-kind', 'Secret', '--bound-object-name', secret];
    const text = await kube.kubectl(['create', 'token', 'pod', '-n', ns, ...bound]);
    await writeFile(join(files, 'token'), text.trim());
  }

  it('may end: requests go on, and the next token is taken from its file', async () => {
    await apply(kube, routeTo('shop', ns, 'first.test'));
    await serves(pod, 'first.test', 'one');
    const load = loading('first.test', [pod.port]);
    await kube.kubectl(['delete', 'secret/first', '-n', ns]);
    // Watches that are open stay so; new ones are refused.
    await kube.stopApiserver('SIGKILL');
    await kube.startApiserver();
    await until('401', () => /Unauthorized|answers 401/.test(pod.process.log()) || undefined, 90);
    await apply(kube, routeTo('shop', ns, 'second.test'));
    await token('second');
    await serves(pod, 'second.test', 'one');
    await load.stop();
    expect([load.lost, load.wrong]).to.deep.equal([[], []]);
  });

  it('may believe another authority: requests go on, and it is read when it comes', async () => {
    await apply(kube, routeTo('shop', ns, 'third.test'));
    await serves(pod, 'third.test', 'one');
    const load = loading('third.test', [pod.port]);
    await kube.rotateCa();
    await until('distrust', () => /certificate|UNABLE_TO/.test(pod.process.log()) || undefined, 120);
    await apply(kube, routeTo('shop', ns, 'fourth.test'));
    await writeFile(join(files, 'ca.crt'), await readFile(kube.ca));
    await serves(pod, 'fourth.test', 'one');
    await load.stop();
    expect([load.lost, load.wrong]).to.deep.equal([[], []]);
  });
});

/** Lays the folder `$1` where the kubelet has the files of the service account, runs the rest. */
const mounted = `
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/secrets/kubernetes.io/serviceaccount
mount --bind "$1" /run/secrets/kubernetes.io/serviceaccount
shift
exec "$@"
`;
