import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Cluster } from './cluster.ts';
import { type Running, start } from './cluster-process.ts';

/** What a test reads of a Pod's template, v1. */
export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly containers: readonly Container[];
    readonly volumes: readonly {
      readonly name: string;
      readonly configMap?: { readonly name: string };
      readonly emptyDir?: object;
    }[];
  };
}

interface Container {
  readonly args: readonly string[];
  readonly env: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
  }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

/** What the image runs, of this checkout. */
const entrypoint = [process.execPath, resolve('src/main.ts')];
const tokens = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Runs the only container of a pod as the kubelet would, apart from cgroups and the user: its command, arguments and
 * nothing but its environment; ConfigMaps, the token of its service account and empty folders where it mounts them; on
 * a root that cannot be written. Needs the right to make a mount namespace.
 */
export async function startPod(kube: Cluster, namespace: string, template: PodTemplate): Promise<Running> {
  const { containers, volumes, serviceAccountName } = template.spec;
  const container = containers[0];
  if (!container) throw new Error('the pod has no container');
  const files = await mkdtemp(join(kube.dir, 'pod-'));
  const put = async (path: string, content: string): Promise<void> => {
    // /var/run is a link to /run on every system with systemd.
    const target = join(files, path.replace(/^\/var\/run\//, '/run/'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
  };
  await put(
    `${tokens}/token`,
    (await kube.kubectl(['create', 'token', serviceAccountName, '-n', namespace])).trim(),
  );
  await put(`${tokens}/ca.crt`, await readFile(kube.ca, 'utf8'));
  await put(`${tokens}/namespace`, namespace);

  const empty: string[] = [];
  for (const { name, mountPath } of container.volumeMounts) {
    const volume = volumes.find((v) => v.name === name);
    if (volume?.emptyDir && !process.cwd().startsWith(`${mountPath}/`)) {
      empty.push(mountPath);
      // The kubelet makes mount points that the image lacks.
      if (!existsSync(mountPath)) await mkdir(join(files, mountPath), { recursive: true });
    }
    if (!volume?.configMap) continue;
    const map: { data: Record<string, string> } = JSON.parse(
      await kube.kubectl(['get', 'configmap', volume.configMap.name, '-n', namespace, '-o', 'json']),
    );
    for (const [key, value] of Object.entries(map.data)) await put(join(mountPath, key), value);
  }

  const fields: Readonly<Record<string, string>> = {
    'metadata.name': 'pod-0',
    'metadata.namespace': namespace,
    // Put there by newer clusters; empty where they do not.
    "metadata.labels['topology.kubernetes.io/zone']": '',
  };
  const env = container.env.map(
    ({ name, value, valueFrom }) => `${name}=${value ?? fieldOf(valueFrom?.fieldRef.fieldPath)}`,
  );
  function fieldOf(path = ''): string {
    const value = fields[path];
    if (value === undefined) throw new Error(`the field ${path} is not known here`);
    return value;
  }
  const service = ['KUBERNETES_SERVICE_HOST=127.0.0.1', `KUBERNETES_SERVICE_PORT=${kube.port}`];
  const program = [...entrypoint, ...container.args];
  const command = ['env', '-i', 'PATH=/usr/bin:/bin', 'HOME=/', ...service, ...env, ...program];
  const args = ['--mount', 'sh', '-c', mounts, 'sh', files, empty.join(' '), ...command];
  return start('unshare', args, { log: join(kube.dir, 'logs', 'pod') });
}

/** Lays the folders of `$1` over those of the same names, mounts an empty folder at each word of `$2`, runs the rest. */
const mounts = `
set -e
for top in "$1"/*; do
  mount -t overlay overlay -o "lowerdir=$top:/\${top##*/}" "/\${top##*/}"
done
for path in $2; do mount -t tmpfs tmpfs "$path"; done
mount -o remount,bind,ro /
shift 2
exec "$@"
`;
