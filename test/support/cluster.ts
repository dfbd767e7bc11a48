import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Assets, assets } from '../../hack/cluster/build.ts';
import { run } from './cluster-command.ts';
import { makeAdmin, makeCertificates } from './cluster-pki.ts';
import { type Running, start } from './cluster-process.ts';
import { freePort, until } from './cluster-wait.ts';

/** A real etcd and kube-apiserver for tests. There are no controllers: nothing makes Pods or EndpointSlices, and a deleted namespace stays. */
export interface Cluster {
  /** Working folder; removed with the cluster. */
  readonly dir: string;
  /** Path of a kubeconfig with all rights. */
  readonly kubeconfig: string;
  readonly port: number;
  /** Path of the CA of the API server, PEM. */
  readonly ca: string;
  /** @returns stdout. Throws with stderr when the command fails. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  helm(args: readonly string[]): Promise<string>;
  /** Ends the API server and leaves etcd and all data. */
  stopApiserver(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and waits for /readyz. */
  startApiserver(): Promise<void>;
  /** Makes etcd forget all versions but the last. */
  compactEtcd(): Promise<void>;
  /** Makes a user with all rights. @returns the path of its kubeconfig */
  login(user: string): Promise<string>;
  /** What users other than admin have asked of the API server so far, oldest first. */
  audit(): Promise<AuditEvent[]>;
  stop(): Promise<void>;
}

/** audit.k8s.io/v1, what tests look at. */
interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly responseStatus?: { readonly code: number };
}

/**
 * First three bytes of the addresses on `lo` that backends may use where the lane has a network namespace; undefined
 * on the machine's own loopback. EndpointSlices cannot be tested there: the API server refuses loopback addresses.
 */
export const network = process.env['LOOM_LANE_NETWORK'];

let shared: Promise<Cluster> | undefined;

/** The cluster of this mocha run, started by the first caller. */
export function cluster(): Promise<Cluster> {
  shared ??= startCluster();
  return shared;
}

/** Ends the cluster of this run, if there is one. */
export async function stopSharedCluster(): Promise<void> {
  const started = shared;
  shared = undefined;
  await (await started)?.stop();
}

/** Applies crds/ and waits until the API server serves all of them, also to a kubectl that has asked before. */
export async function installCrds(kube: Cluster): Promise<void> {
  await kube.kubectl(['apply', '--server-side', '-f', 'crds/']);
  await kube.kubectl(['wait', '--for=condition=Established', '--timeout=20s', '-f', 'crds/']);
  await kube.kubectl(['api-resources', '--api-group=loom.dev', '--cached=false']);
}

/** Starts a control plane of its own, in about ten seconds. */
async function startCluster(): Promise<Cluster> {
  const programs = await assets();
  const dir = await mkdtemp(join(tmpdir(), `loom-cluster-${process.pid}-`));
  await mkdir(join(dir, 'logs'));
  await makeCertificates(dir);
  const [etcdPort, peerPort, port] = await Promise.all([freePort(), freePort(), freePort()]);
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const etcd = startEtcd(programs, dir, etcdUrl, `http://127.0.0.1:${peerPort}`);
  let apiserver: Running | undefined;

  await writeFile(join(dir, 'audit-policy'), JSON.stringify(auditPolicy));
  const login = async (user: string): Promise<string> => {
    await makeAdmin(dir, user);
    const path = join(dir, `${user}.kubeconfig`);
    await writeFile(path, JSON.stringify(configOf(dir, port, user)));
    return path;
  };
  const kubeconfig = await login('admin');
  const env = { KUBECONFIG: kubeconfig, HELM_CACHE_HOME: dir, HELM_CONFIG_HOME: dir, HELM_DATA_HOME: dir };
  const kubectl = (args: readonly string[], input?: string): Promise<string> =>
    run(programs.kubectl, ['--cache-dir', join(dir, 'discovery'), ...args], { env, ...(input && { input }) });

  const self: Cluster = {
    dir,
    kubeconfig,
    port,
    ca: join(dir, 'ca.crt'),
    kubectl,
    helm: (args) => run(programs.helm, args, { env }),
    async stopApiserver(signal) {
      await apiserver?.stop(signal);
      apiserver = undefined;
    },
    async startApiserver() {
      const server = startApiserver(programs, dir, etcdUrl, port);
      apiserver = server;
      const answer = await until(
        'ready API server',
        () => (server.exitCode() === undefined ? kubectl(['get', '--raw', '/readyz']) : 'ended'),
        60,
      );
      if (answer !== 'ok') throw new Error(`kube-apiserver: ${server.log().slice(-2000)}`);
    },
    compactEtcd: () => compact(etcdUrl),
    login,
    async audit() {
      const lines = (await readFile(join(dir, 'logs/audit'), 'utf8').catch(() => '')).split('\n');
      return lines.slice(0, -1).map((line): AuditEvent => JSON.parse(line));
    },
    async stop() {
      await apiserver?.stop('SIGKILL'); // a graceful end waits a minute for watches, and nothing here is kept
      await etcd.stop('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
  try {
    await self.startApiserver();
  } catch (error) {
    await self.stop();
    throw error;
  }
  return self;
}

function startEtcd({ etcd }: Assets, dir: string, url: string, peer: string): Running {
  const listen = ['--listen-client-urls', url, '--advertise-client-urls', url, '--listen-peer-urls', peer];
  const member = ['--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`];
  const data = ['--data-dir', join(dir, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn'];
  return start(etcd, [...data, ...listen, ...member], { log: join(dir, 'logs/etcd') });
}

function startApiserver({ apiserver }: Assets, dir: string, etcdUrl: string, port: number): Running {
  const file = (name: string): string => join(dir, name);
  const options = {
    'secure-port': String(port),
    'bind-address': '127.0.0.1',
    'advertise-address': '10.77.0.1', // never used, but without a default route kube-apiserver finds none itself
    'endpoint-reconciler-type': 'none',
    'etcd-servers': etcdUrl,
    'service-cluster-ip-range': '10.96.0.0/16',
    'tls-cert-file': file('apiserver.crt'),
    'tls-private-key-file': file('apiserver.key'),
    'client-ca-file': file('ca.crt'),
    'authorization-mode': 'RBAC',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': file('sa.pub'),
    'service-account-signing-key-file': file('sa.key'),
    'audit-policy-file': file('audit-policy'),
    'audit-log-path': file('logs/audit'),
    'audit-log-maxsize': '1000',
    'shutdown-send-retry-after': 'false',
  };
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  return start(apiserver, args, { log: file('logs/apiserver') });
}

const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [{ level: 'None', users: ['admin', 'system:apiserver'] }, { level: 'Metadata' }],
};

function configOf(dir: string, port: number, user: string): unknown {
  const file = (name: string): string => join(dir, name);
  const server = { server: `https://127.0.0.1:${port}`, 'certificate-authority': file('ca.crt') };
  const keys = { 'client-certificate': file(`${user}.crt`), 'client-key': file(`${user}.key`) };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'lane',
    clusters: [{ name: 'lane', cluster: server }],
    users: [{ name: user, user: keys }],
    contexts: [{ name: 'lane', context: { cluster: 'lane', user } }],
  };
}

async function compact(etcdUrl: string): Promise<void> {
  const call = async (path: string, body: unknown): Promise<{ header?: { revision?: string } }> => {
    const answer = await fetch(`${etcdUrl}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd ${path} answers ${answer.status}`);
    return JSON.parse(await answer.text());
  };
  const { header } = await call('range', { key: Buffer.from('/').toString('base64'), limit: 1 });
  await call('compaction', { revision: header?.revision, physical: true });
}
