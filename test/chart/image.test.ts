import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Image, image } from '../../hack/image/build.ts';
import { binaries } from '../support/elf.ts';

describe('the image', () => {
  let made: Image;
  const files = (): string[] => readdirSync(made.root, { recursive: true, encoding: 'utf8' });
  before(() => void (made = image()));

  it('runs Node as its first process, and not as root', () => {
    const { User, Entrypoint, Cmd, WorkingDir } = made.config;
    expect([User, WorkingDir]).to.deep.equal(['65532:65532', '/app']);
    expect(Entrypoint).to.deep.equal([
      'node',
      '--min-semi-space-size=4',
      '--max-semi-space-size=4',
      '/app/dist/main.js',
    ]);
    expect(Cmd).to.deep.equal(['serve', '/etc/loom/loom.yaml']);
  });

  it('says what it is', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    const { Labels } = made.config;
    expect(Labels['org.opencontainers.image.version']).to.equal(version);
    expect(Labels['org.opencontainers.image.revision']).to.match(/^[0-9a-f]{40}$/);
    expect(Labels['org.opencontainers.image.licenses']).to.equal('Apache-2.0');
  });

  it('has the Node that Loom is tested with', () => {
    const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(readFileSync('Dockerfile', 'utf8')).to.include(`ARG NODE=${devDependencies.node}\n`);
  });

  it('has Node as its only program: no shell, no npm', () => {
    const programs = files().filter((name) => {
      const about = statSync(join(made.root, name), { throwIfNoEntry: false });
      return (
        about?.isFile() && (about.mode & 0o111) !== 0 && !/\.so(\.|$)/.test(name) && !name.startsWith('app/')
      );
    });
    expect(programs).to.deep.equal(['usr/local/bin/node']);
    expect(existsSync(join(made.root, 'usr/local/lib/node_modules'))).to.equal(false);
  });

  it('has no program and no library for another kind of machine', () => {
    const own = process.arch === 'arm64' ? 'arm64' : 'amd64';
    expect([...binaries(made.root)].filter(([, kind]) => kind !== own)).to.deep.equal([]);
  });

  it('has nothing of Loom but dist/ and the packages that are not for development', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(readdirSync(join(made.root, 'app')).toSorted()).to.deep.equal([
      'LICENSE',
      'dist',
      'node_modules',
      'package.json',
    ]);
    for (const name of Object.keys(dependencies))
      expect(existsSync(join(made.root, 'app/node_modules', name)), name).to.equal(true);
    // Types come along with packages of others; they are empty here.
    const tools = Object.keys(devDependencies).filter((name) => !name.startsWith('@types/'));
    for (const name of tools)
      expect(existsSync(join(made.root, 'app/node_modules', name)), name).to.equal(false);
    expect(files().filter((name) => name.startsWith('app/') && /\.(ts|map)$/.test(name))).to.deep.equal([]);
  });

  it('has nothing that its user could change but the folders for temporary files and for modules', () => {
    const writable = files().filter((name) => {
      const about = statSync(join(made.root, name), { throwIfNoEntry: false });
      return about && (about.uid === 65532 || (about.mode & 0o002) !== 0);
    });
    expect(writable.toSorted()).to.deep.equal(['tmp', 'var/cache/loom']);
  });

  it('tells its version', () => {
    const options = ['--userspec=65532:65532', made.root, ...made.config.Entrypoint, 'version'];
    const env = Object.fromEntries(made.config.Env.map((entry) => entry.split('=') as [string, string]));
    expect(execFileSync('/usr/sbin/chroot', options, { encoding: 'utf8', env })).to.match(/^loom \d/);
  });
});
