import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { loom } from './program.ts';

describe('loom validate', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loom-validate-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('ends with 0 where all is well', async () =>
    expect(await loom('validate', 'examples/loom.yaml', 'examples/kubernetes')).to.deep.equal({
      code: 0,
      stdout: 'valid\n',
      stderr: '',
    }));

  it('ends with 1 and says where what is wrong, in every path it is given', async () => {
    const bad = join(folder, 'loom.yaml');
    writeFileSync(bad, 'upstreams:\n  - name: u\n    endpoints: [{ address: 10.0.0.1, port: 0 }]\n');
    const { code, stdout } = await loom('validate', bad, 'examples/loom.yaml', join(folder, 'gone.yaml'));
    expect(code).to.equal(1);
    const [first, second, last] = stdout.split('\n');
    expect(first).to.match(/loom\.yaml:3:\d+: upstreams\[0\]\.endpoints\[0\]\.port: /);
    expect(second).to.include('gone.yaml').and.include('ENOENT');
    expect(last).to.equal('2 problems');
  });

  it('says why a file is no plugin, and nothing of one that is not there', async () => {
    writeFileSync(join(folder, 'text.wasm'), 'not a module');
    const file = join(folder, 'loom.yaml');
    writeFileSync(
      file,
      `plugins:\n  - { name: a, path: gone.wasm }\n  - { name: b, path: text.wasm }\n  - { name: c, path: ${resolve('plugins/examples/hello/build/hello.wasm')} }\n`,
    );
    const { code, stdout } = await loom('validate', file);
    expect(code).to.equal(1);
    expect(stdout.split('\n')).to.deep.equal([
      `${file}:3:16: plugins[1].path: ${join(folder, 'text.wasm')}: not a WebAssembly module: it does not begin with \\0asm`,
      '1 problem',
      '',
    ]);
  });

  it('ends with 2 when it is given nothing', async () =>
    expect(await loom('validate')).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: 'loom validate: needs a file or folder\n',
    }));
});
