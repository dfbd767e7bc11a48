import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Cluster } from '../../../test/support/cluster.ts';
import { type Operator, operatorOf } from '../../../test/support/cluster-operator.ts';
import { start } from '../../../test/support/cluster-process.ts';
import { until } from '../../../test/support/cluster-wait.ts';
import { freePort } from '../../../test/support/free-port.ts';

/** The user of the measured process; its requests are found in the audit log by it. */
export const user = 'system:serviceaccount:bench:pod';

/** Lays the folder `$1` where the kubelet has the files of the service account, runs the rest. */
const mounted = `
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/secrets/kubernetes.io/serviceaccount
mount --bind "$1" /run/secrets/kubernetes.io/serviceaccount
shift
exec "$@"
`;

/**
 * Starts the build as the container of a pod does, with a service account: the library that reads a kubeconfig would cost 90 MiB that
 * no pod has. `flags` are those of Node.
 */
export async function startBuild(kube: Cluster, flags: readonly string[]): Promise<Operator> {
  const [port, adminPort] = await Promise.all([freePort(), freePort()]);
  const config = join(kube.dir, 'pod.yaml');
  const settings = {
    listeners: [{ name: 'http', address: `127.0.0.1:${port}`, protocol: 'http' }],
    admin: { address: `127.0.0.1:${adminPort}`, enabled: true },
    workers: 2,
    plugin_sources: { cache: { path: join(kube.dir, 'cache') } },
  };
  await writeFile(config, stringify(settings));
  const account = join(kube.dir, 'account');
  await mkdir(account);
  await kube.kubectl(['create', 'serviceaccount', 'pod', '-n', 'bench']);
  const rights = ['--clusterrole=cluster-admin', '--serviceaccount=bench:pod'];
  await kube.kubectl(['create', 'clusterrolebinding', 'bench-pod', ...rights]);
  const token = await kube.kubectl(['create', 'token', 'pod', '-n', 'bench', '--duration=24h']);
  await writeFile(join(account, 'token'), token.trim());
  await copyFile(kube.ca, join(account, 'ca.crt'));
  // As the Dockerfile has it, here and in the environment.
  const node = [process.execPath, '--min-semi-space-size=4', '--max-semi-space-size=4', ...flags];
  const program = [...node, 'dist/main.js', 'operator', '--config', config];
  const api = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(kube.port) };
  const child = start('unshare', ['--mount', 'sh', '-c', mounted, 'sh', account, ...program], {
    log: join(kube.dir, 'logs/pod'),
    env: {
      ...api,
      MALLOC_TRIM_THRESHOLD_: '131072',
      KUBECONFIG: '',
      POD_NAME: 'pod',
      POD_NAMESPACE: 'bench',
    },
  });
  return operatorOf(child, port, adminPort);
}

/** @returns seconds until it was ready */
export async function readyAfter(pod: Operator): Promise<number> {
  const began = performance.now();
  await until(
    'ready pod',
    async () => {
      if (pod.process.exitCode() !== undefined) throw new Error(pod.process.log().slice(-2000));
      return (await pod.admin('/ready')).status === 200 || undefined;
    },
    180,
  );
  return (performance.now() - began) / 1000;
}

/**
 * Resident memory, in MiB (proc_pid_status(5)): all of it, and what is no file, which is what kubelets tell of a pod: `rssBytes` of the
 * Summary API, `container_memory_rss` of cAdvisor. Most of the rest is the program of Node, which all pods of a node share.
 */
export function memory({ process: { pid } }: Operator): { readonly rss: number; readonly anonymous: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
  return { rss: mib('VmRSS'), anonymous: mib('RssAnon') };
}

/** User and system time so far, in seconds. */
export function cpuSeconds({ process: { pid } }: Operator): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export interface ThreadTime {
  /** User and system time so far. */
  readonly cpuMs: number;
  /** How often it was given a processor. */
  readonly turns: number;
}

/** By the names of the threads (proc_pid_schedstat(5)); those of one name are added up. */
export function threadTimes({ process: { pid } }: Operator): ReadonlyMap<string, ThreadTime> {
  const times = new Map<string, ThreadTime>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [name, stat] = ['comm', 'schedstat'].map((file) =>
      readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'utf8').trim(),
    ) as [string, string];
    const [ns = 0, , turns = 0] = stat.split(' ').map(Number);
    const before = times.get(name) ?? { cpuMs: 0, turns: 0 };
    times.set(name, { cpuMs: before.cpuMs + ns / 1e6, turns: before.turns + turns });
  }
  return times;
}
