import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assets } from '../../hack/cluster/build.ts';
import { run } from './cluster-command.ts';
import { auditPolicy, compact, configOf, startApiserver, startEtcd } from './cluster-control-plane.ts';
import { makeAdmin, makeCertificates, makeServingCertificate } from './cluster-pki.ts';
import type { Running } from './cluster-process.ts';
import { until } from './cluster-wait.ts';
import { freePort } from './free-port.ts';

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
  /** The same. Throws also when the API server warns, such as of a field that it does not know. */
  helm(args: readonly string[]): Promise<string>;
  /** Ends the API server and leaves etcd and all data. */
  stopApiserver(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and waits for /readyz. */
  startApiserver(): Promise<void>;
  /** Makes etcd forget all versions but the last. */
  compactEtcd(): Promise<void>;
  /** Keeps what etcd has now. @returns a function that brings it back: all that happened since has never been, versions among it */
  backUp(): Promise<() => Promise<void>>;
  /** Gives the API server a certificate of another authority, which `ca` names from then on. Users are still those of the old one. */
  rotateCa(): Promise<void>;
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
  /** RFC 3339. */
  readonly requestReceivedTimestamp: string;
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

/** Ends the cluster of this run, if there is one. `last` looks at it before. */
export async function stopSharedCluster(last?: (kube: Cluster) => Promise<void>): Promise<void> {
  const started = await shared;
  shared = undefined;
  if (!started) return;
  try {
    await last?.(started);
  } finally {
    await started.stop();
  }
}

/** Applies crds/ and waits until the API server serves all of them, also to a kubectl that has asked before. */
export async function installCrds(kube: Cluster): Promise<void> {
  await kube.kubectl(['apply', '--server-side', '-f', 'crds/']);
  await kube.kubectl(['wait', '--for=condition=Established', '--timeout=90s', '-f', 'crds/']);
  await until('all kinds', async () => {
    const kinds = await kube.kubectl([
      'api-resources',
      '--api-group=loom.dev',
      '--cached=false',
      '-o',
      'name',
    ]);
    return kinds.trim().split('\n').length === 3 || undefined;
  });
}

/** Starts a control plane of its own, in about ten seconds. */
async function startCluster(): Promise<Cluster> {
  const programs = await assets();
  const dir = await mkdtemp(join(tmpdir(), `loom-cluster-${process.pid}-`));
  await mkdir(join(dir, 'logs'));
  await makeCertificates(dir);
  const [etcdPort, peerPort, port] = await Promise.all([freePort(), freePort(), freePort()]);
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  let etcd = startEtcd(programs, dir, etcdUrl, peerUrl);
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
    helm: (args) => run(programs.helm, args, { env, forbidden: 'Warning: ' }),
    async stopApiserver(signal) {
      await apiserver?.stop(signal);
      apiserver = undefined;
    },
    async startApiserver() {
      // A second one would end at the port that is taken, and nobody would know of the first any more.
      if (apiserver && apiserver.exitCode() === undefined) return;
      const server = startApiserver(programs, dir, etcdUrl, port);
      apiserver = server;
      const answer = await until(
        'ready API server',
        () => (server.exitCode() === undefined ? kubectl(['get', '--raw', '/readyz']) : 'ended'),
        120,
      );
      if (answer !== 'ok') throw new Error(`kube-apiserver: ${server.log().slice(-2000)}`);
    },
    compactEtcd: () => compact(etcdUrl),
    async backUp() {
      const [data, copy] = [join(dir, 'etcd'), join(dir, 'etcd-backup')];
      const swap = async (from: string, to: string): Promise<void> => {
        await self.stopApiserver('SIGKILL');
        await etcd.stop();
        await rm(to, { recursive: true, force: true });
        await cp(from, to, { recursive: true });
        etcd = startEtcd(programs, dir, etcdUrl, peerUrl);
        await self.startApiserver();
      };
      await swap(data, copy);
      return () => swap(copy, data);
    },
    async rotateCa() {
      await self.stopApiserver('SIGKILL');
      await makeServingCertificate(dir);
      await self.startApiserver();
    },
    login,
    async audit() {
      const lines = (await readFile(join(dir, 'logs/audit'), 'utf8').catch(() => '')).split('\n');
      // What a server that is killed has half written, the next one goes on behind.
      return lines.slice(0, -1).flatMap((line): AuditEvent[] => {
        const begin = line.lastIndexOf('{"kind":"Event"');
        return begin < 0 ? [] : [JSON.parse(line.slice(begin))];
      });
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
