import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Builder } from './builder.ts';

const certificates = 'etc/ssl/certs/ca-certificates.crt';

/**
 * Makes the image that the Dockerfile begins from, under the same name: Debian with Node and npm, as the public one of that name
 * is. For machines that reach a mirror of Debian and the packages of npm, and no registry of images.
 * @param name such as `node:26.10.0-bookworm-slim`
 * @param work folder for the file system, some 300 MB; removed again
 */
export function makeBase(builder: Builder, name: string, work: string): void {
  const [, suite = ''] = /-([a-z]+)-slim$/.exec(name) ?? [];
  const root = join(work, 'base');
  rmSync(root, { recursive: true, force: true });
  execFileSync('debootstrap', ['--variant=minbase', '--include=libatomic1', suite, root], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const inside = (path: string): string => join(root, path);

  cpSync(resolve(import.meta.dirname, '../../node_modules/node/bin/node'), inside('usr/local/bin/node'));
  chmodSync(inside('usr/local/bin/node'), 0o755);
  // Not what `npm root` says: that goes by the Node that runs it, which may be that of node_modules.
  const program = execFileSync('sh', ['-c', 'readlink -f "$(command -v npm)"'], { encoding: 'utf8' }).trim();
  const npm = join(dirname(program), '..');
  cpSync(npm, inside('usr/local/lib/node_modules/npm'), { recursive: true, dereference: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', inside('usr/local/bin/npm'));

  // How this machine reaches packages. It stays in this image: the last stage of the Dockerfile begins from nothing.
  const setting = (key: string): string =>
    execFileSync('npm', ['config', 'get', key], { encoding: 'utf8' }).trim();
  const trusted = process.env['NODE_EXTRA_CA_CERTS'] ?? `/${certificates}`;
  mkdirSync(dirname(inside(certificates)), { recursive: true });
  if (existsSync(trusted)) writeFileSync(inside(certificates), readFileSync(trusted));
  mkdirSync(inside('usr/local/etc'), { recursive: true });
  writeFileSync(inside('usr/local/etc/npmrc'), `registry=${setting('registry')}\ncafile=/${certificates}\n`);

  builder.import(root, name);
  rmSync(root, { recursive: true, force: true });
}
