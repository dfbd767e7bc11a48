import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Image } from '../../../hack/image/build.ts';
import { type Running, start } from '../cluster-process.ts';
import { fieldOf, type Pod } from './spec.ts';

/** What a container needs that is not in its pod's object. */
export interface Surroundings {
  readonly image: Image;
  /** Name of the pod's network namespace. */
  readonly network: string;
  readonly volumes: ReadonlyMap<string, string>;
  /** Folder for what it writes to its root. */
  readonly folder: string;
  /** Lines of /etc/hosts; there is no DNS here. */
  readonly hosts: string;
  /** host:port of the API server, for pods. */
  readonly api: { readonly host: string; readonly port: number };
}

/** A program that is the first process of a container. */
export interface Contained {
  readonly outside: Running;
  /** To the program itself. */
  signal(name: NodeJS.Signals): void;
}

/**
 * Runs the container of a pod as an engine would: the image's files as its root, read-only where the pod says so; its own network,
 * processes and mounts; the pod's user, no new privileges; nothing but its environment.
 */
export async function runContainer(pod: Pod, around: Surroundings): Promise<Contained> {
  const [container] = pod.spec.containers;
  const { image, volumes, folder, network } = around;
  const root = join(folder, 'root');
  for (const part of ['upper/etc', 'upper/proc', 'upper/dev', 'work', 'root'])
    await mkdir(join(folder, part), { recursive: true });
  await writeFile(join(folder, 'upper/etc/hosts'), `127.0.0.1 localhost\n${around.hosts}`);

  const mounts = (container.volumeMounts ?? []).map(({ name, mountPath, readOnly }) => {
    const at = `${root}${mountPath}`;
    const bind = `mkdir -p '${at}' && mount --bind '${volumes.get(name)}' '${at}'`;
    return readOnly ? `${bind} && mount -o remount,bind,ro '${at}'` : bind;
  });
  // /dev needs no more than these; mount points must be made before the root is read-only.
  const devices = ['null', 'urandom'].map(
    (name) => `touch '${root}/dev/${name}' && mount --bind /dev/${name} '${root}/dev/${name}'`,
  );
  const script = [
    'set -e',
    'mount --make-rprivate /',
    `mount -t overlay overlay -o 'lowerdir=${image.root},upperdir=${folder}/upper,workdir=${folder}/work' '${root}'`,
    ...mounts,
    ...devices,
    `mount -t proc proc '${root}/proc'`,
    ...(container.securityContext?.readOnlyRootFilesystem ? [`mount -o remount,bind,ro '${root}'`] : []),
    'exec "$@"',
  ].join('\n');

  const { config } = image;
  const { runAsUser, runAsGroup } = pod.spec.securityContext ?? {};
  const user = runAsUser === undefined ? config.User : `${runAsUser}:${runAsGroup ?? runAsUser}`;
  const own = (container.env ?? []).map(
    ({ name, value, valueFrom }) => `${name}=${value ?? fieldOf(pod, valueFrom?.fieldRef.fieldPath ?? '')}`,
  );
  const service = [
    `KUBERNETES_SERVICE_HOST=${around.api.host}`,
    `KUBERNETES_SERVICE_PORT=${around.api.port}`,
  ];
  const environment = [...config.Env, ...service, `HOSTNAME=${pod.metadata.name}`, 'HOME=/', ...own];
  const program = [
    ...(container.command ?? config.Entrypoint),
    ...(container.args ?? (container.command ? [] : config.Cmd)),
  ];
  // With their paths: the environment is the image's already. chroot looks for the program in there.
  const inside = [
    '/usr/bin/setpriv',
    '--no-new-privs',
    '/usr/sbin/chroot',
    `--userspec=${user}`,
    root,
    ...program,
  ];
  const unshare = [
    'unshare',
    '--mount',
    '--pid',
    '--ipc',
    '--uts',
    '--fork',
    '--kill-child',
    'sh',
    '-c',
    script,
    'sh',
  ];
  const args = ['netns', 'exec', network, ...unshare, 'env', '-i', ...environment, ...inside];
  const outside = start('ip', args, { log: join(folder, 'log') });
  return { outside, signal: (name) => signalFirst(outside.pid, name) };
}

/** Signals the only child of `unshare --fork`, which itself takes none: the first process of the namespace. */
function signalFirst(parent: number, name: NodeJS.Signals): void {
  const [child] = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').split(' ');
  if (child) process.kill(Number(child), name);
}
