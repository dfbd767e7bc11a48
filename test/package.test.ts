import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

interface Packed {
  readonly path: string;
}

describe('the package', () => {
  it('has what loom plugin new copies, and only what runs', async () => {
    // dist/ is made by prepack, and the build has a step of its own.
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const { stdout } = await promisify(execFile)('npm', args);
    const [{ files }] = JSON.parse(stdout) as [{ readonly files: readonly Packed[] }];
    const paths = files.map(({ path }) => path).filter((path) => !path.startsWith('dist/'));
    const copied = globSync('plugins/{sdk,templates}/**/*', { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative('.', join(entry.parentPath, entry.name)));
    expect(copied).to.include.members(['plugins/sdk/package.json', 'plugins/templates/go/gitignore']);
    expect(paths).to.have.members([...copied, 'LICENSE', 'README.md', 'package.json']);
  });

  it('has a command that a shell can run', () => {
    const { bin, files } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      readonly bin: Readonly<Record<string, string>>;
      readonly files: readonly string[];
    };
    expect(bin).to.deep.equal({ loom: 'dist/main.js' });
    expect(files).to.include('dist');
    // The compiler keeps the line.
    expect(readFileSync('src/main.ts', 'utf8')).to.match(/^#!\/usr\/bin\/env node\n/);
  });
});
