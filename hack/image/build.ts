/**
 * The image of the Dockerfile as a folder, built by a real builder where there is no container engine and no registry. For tests
 * and for a look at it: `node hack/image/build.ts` prints where it is, `node hack/image/build.ts arm64` that of another architecture.
 */
import { execFileSync, spawnSync } from 'node:child_process';
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
import { type Architecture, Builder, type ImageConfig } from './builder.ts';
import { makeForeignBase, unemulated } from './foreign.ts';

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

const own: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'loom/image');
const cacheOf = (architecture: Architecture): string =>
  architecture === own ? cache : join(cache, architecture);

/** Builds the image unless it was built of the same files. Throws NoBuilder where `unbuildable` says why. */
export function image(architecture = own): Image {
  const hash = createHash('sha256');
  for (const file of globSync(inputs, { cwd: repository }).toSorted()) {
    hash.update(`${file}\0`).update(readFileSync(join(repository, file)));
  }
  const folder = join(cacheOf(architecture), 'loom');
  const stamp = hash.digest('hex');
  const root = join(folder, 'root');
  const known = existsSync(join(folder, 'stamp')) && readFileSync(join(folder, 'stamp'), 'utf8') === stamp;
  if (!known) build(architecture, folder, stamp);
  return { root, config: JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) };
}

/** @returns why no image can be built or run on this machine, undefined where it can */
export function unbuildable(architecture = own): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can build an image here';
  const missing = ['buildah', 'debootstrap'].find(
    (tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status !== 0,
  );
  if (missing) return `${missing} is not installed`;
  return architecture === own ? undefined : unemulated(architecture);
}

function build(architecture: Architecture, folder: string, stamp: string): void {
  const why = unbuildable(architecture);
  if (why) throw new NoBuilder(why);
  const revision = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: repository, encoding: 'utf8' }).trim();
  const { version }: { version: string } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  const name = `loom:${version}`;
  const args = { VERSION: version, REVISION: revision };
  const builder = builderFor(architecture);
  if (architecture === own) builder.build(repository, name, args);
  else {
    // What `FROM --platform=$BUILDPLATFORM` asks for: Debian's buildah builds all stages for one platform.
    const native = builderFor(own);
    native.build(repository, 'loom-build', args, { target: 'build' });
    native.mounted('loom-build', (root) =>
      builder.build(repository, name, args, { stages: { build: root } }),
    );
  }
  const work = `${folder}.${process.pid}`;
  mkdirSync(join(work, 'root'), { recursive: true });
  builder.unpack(name, join(work, 'root'));
  writeFileSync(join(work, 'config.json'), JSON.stringify(builder.config(name)));
  writeFileSync(join(work, 'stamp'), stamp);
  rmSync(folder, { recursive: true, force: true });
  renameSync(work, folder);
}

/** A builder that has the image which the Dockerfile begins from. */
function builderFor(architecture: Architecture): Builder {
  const work = cacheOf(architecture);
  const builder = new Builder(work, architecture);
  const base = baseOf(readFileSync(join(repository, 'Dockerfile'), 'utf8'));
  if (!builder.has(base)) {
    console.log(`making ${base} for ${architecture} of Debian's packages`);
    if (architecture === own) makeBase(builder, base, work);
    else makeForeignBase(builder, base, work, architecture);
  }
  builder.prune();
  return builder;
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
  const { root, config } = image(process.argv[2] === 'arm64' ? 'arm64' : own);
  const [, size = ''] = /^(\d+)/.exec(execFileSync('du', ['-sm', root], { encoding: 'utf8' })) ?? [];
  console.log(`${root}: ${size} MiB, ${statSync(join(root, 'usr/local/bin/node')).size} bytes of it Node`);
  console.log(JSON.stringify(config, null, 2));
}
