import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture, Builder } from './builder.ts';

/** As the kernel and npm name them. */
const names = {
  amd64: { machine: 'x86_64', node: 'x64' },
  arm64: { machine: 'aarch64', node: 'arm64' },
} as const;

/**
 * Has the kernel run programs of another architecture with qemu, in chroots too.
 * @returns why it does not, undefined when it does
 */
export function unemulated(architecture: Architecture): string | undefined {
  const handler = `qemu-${names[architecture].machine}`;
  const known = (): boolean => existsSync(`/proc/sys/fs/binfmt_misc/${handler}`);
  // In a container neither has been done when the packages were installed. The second mounts binfmt_misc too.
  for (const step of ['--import', '--enable'])
    if (!known()) spawnSync('update-binfmts', [step, handler], { stdio: 'ignore' });
  if (known()) return undefined;
  return `nothing runs programs of ${architecture}: it takes qemu-user-static, binfmt-support and a kernel with binfmt_misc`;
}

/**
 * Makes the image that the Dockerfile begins from for another architecture, for those stages that only copy files: there is no npm.
 * @param name such as `node:26.10.0-bookworm-slim`
 * @param work folder for the file system, some 350 MB; removed again
 */
export function makeForeignBase(
  builder: Builder,
  name: string,
  work: string,
  architecture: Architecture,
): void {
  const [, version = '', suite = ''] = /:([\d.]+)-([a-z]+)-slim$/.exec(name) ?? [];
  const root = join(work, 'base');
  rmSync(root, { recursive: true, force: true });
  const inside = (path: string): string => join(root, path);
  const run = (command: string, args: readonly string[]): unknown =>
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });

  // Unpacked and not set up: that would be scripts only, minutes of them under qemu.
  const what = ['--foreign', `--arch=${architecture}`, '--variant=minbase', '--include=libatomic1'];
  run('debootstrap', [...what, suite, root]);
  const archives = inside('var/cache/apt/archives');
  for (const file of globSync('libatomic1_*.deb', { cwd: archives }))
    run('dpkg-deb', ['--extract', join(archives, file), root]);
  rmSync(archives, { recursive: true });
  // It may be a link, which would lead nowhere once the real one is mounted there.
  rmSync(inside('proc'), { recursive: true });
  mkdirSync(inside('proc'));

  const modules = join(work, 'node');
  const node = `node-linux-${names[architecture].node}`;
  const options = ['--no-save', '--force', '--ignore-scripts', '--fetch-retries=5', '--loglevel=error'];
  run('npm', ['install', ...options, '--prefix', modules, `${node}@${version}`]);
  mkdirSync(inside('usr/local/bin'), { recursive: true });
  run('cp', [join(modules, 'node_modules', node, 'bin/node'), inside('usr/local/bin/node')]);

  builder.import(root, name);
  for (const folder of [root, modules]) rmSync(folder, { recursive: true, force: true });
}
