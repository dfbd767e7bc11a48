import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';

describe('the program under the name kubectl-loom', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'loom-kubectl-'));
    symlinkSync(resolve('src/main.ts'), join(folder, 'kubectl-loom'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [join(folder, 'kubectl-loom'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, KUBECONFIG: join(folder, 'gone') },
    });

  it('calls itself as kubectl calls it', () => {
    expect(run('help').stdout)
      .to.include('\n  kubectl loom explain [OPTION…] METHOD URL\n')
      .and.not.match(/^ {2}loom /m);
    expect(run('explain', '--help').stdout).to.match(/^ {2}kubectl loom explain/);
    expect(run('nothing').stderr).to.equal(
      'kubectl loom: there is no command "nothing"; kubectl loom help lists them\n',
    );
  });

  it('means the cluster where nothing else is said', () => {
    const { status, stderr } = run('explain', 'GET', 'http://shop.test/');
    expect(status).to.equal(1);
    expect(stderr).to.match(/^kubectl loom explain: .*gone/);
  });
});
