/**
 * The image of the Dockerfile as a folder, built by a real builder where there is no container engine and no registry. For tests
 * and for a look at it: `node hack/image/build.ts` prints where it is.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { makeBase } from './base.ts';
import { Builder, type ImageConfig } from './builder.ts';

export interface Image {
  /** The root folder that a container of it has. */
  readonly root: string;
  readonly config: ImageConfig;
}

/** Why there is no image on this machine. */
export class NoBuilder extends Error {}

const repository = join(import.meta.dirname, '../..');
const inputs = [
  'Dockerfile',
  '.dockerignore',
  'package.json',
  'package-lock.json',
  'tsconfig.build.json',
  'src/**/*.ts',
];

/** Builds the image unless it was built of the same files. Throws NoBuilder where buildah or debootstrap cannot run. */
export function image(): Image {
  const hash = createHash('sha256');
  for (const file of globSync(inputs, { cwd: repository }).toSorted()) {
    hash.update(`${file}\0`).update(readFileSync(join(repository, file)));
  }
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'loom/image');
  const folder = join(cache, 'loom');
  const stamp = hash.digest('hex');
  const root = join(folder, 'root');
  const known = existsSync(join(folder, 'stamp')) && readFileSync(join(folder, 'stamp'), 'utf8') === stamp;
  if (!known) build(cache, folder, stamp);
  return { root, config: JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) };
}

function build(cache: string, folder: string, stamp: string): void {
  if (process.getuid?.() !== 0) throw new NoBuilder('only root can build an image here');
  for (const tool of ['buildah', 'debootstrap']) {
    try {
      execFileSync(tool, ['--version'], { stdio: 'ignore' });
    } catch {
      throw new NoBuilder(`${tool} is not installed`);
    }
  }
  const builder = new Builder(cache);
  const base = baseOf(readFileSync(join(repository, 'Dockerfile'), 'utf8'));
  if (!builder.has(base)) {
    console.log(`making ${base} of Debian's packages`);
    makeBase(builder, base, cache);
  }
  const revision = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: repository, encoding: 'utf8' }).trim();
  const { version }: { version: string } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  const name = `loom:${version}`;
  builder.prune();
  builder.build(repository, name, { VERSION: version, REVISION: revision });
  const work = `${folder}.${process.pid}`;
  mkdirSync(join(work, 'root'), { recursive: true });
  builder.unpack(name, join(work, 'root'));
  writeFileSync(join(work, 'config.json'), JSON.stringify(builder.config(name)));
  writeFileSync(join(work, 'stamp'), stamp);
  rmSync(folder, { recursive: true, force: true });
  renameSync(work, folder);
}

/** The image that the first stage begins from, with the defaults of its build arguments. */
function baseOf(dockerfile: string): string {
  const defaults = new Map(
    [...dockerfile.matchAll(/^ARG (\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  const [, from = ''] = /^FROM (?:--platform=\S+ )?(\S+)/m.exec(dockerfile) ?? [];
  return from.replace(/\$\{(\w+)\}/g, (_, name: string) => defaults.get(name) ?? '');
}

if (import.meta.main) {
  const { root, config } = image();
  const [, size = ''] = /^(\d+)/.exec(execFileSync('du', ['-sm', root], { encoding: 'utf8' })) ?? [];
  console.log(`${root}: ${size} MiB, ${statSync(join(root, 'usr/local/bin/node')).size} bytes of it Node`);
  console.log(JSON.stringify(config, null, 2));
}
