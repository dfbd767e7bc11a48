import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Inspection } from '../../../src/wasm/inspect.ts';
import { loom } from '../program.ts';

const built = (name: string): string => `plugins/examples/${name}/build/${name}.wasm`;

describe('loom plugin inspect', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loom-inspect-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('says what a module is, for people', async () => {
    const { code, stdout, stderr } = await loom('plugin', 'inspect', built('hello'));
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(stdout)
      .to.match(/abi +0\.2\.1\n/)
      .and.match(/sdk +AssemblyScript/);
    expect(stdout).to.include('    proxy_on_response_headers\n').and.include('    env.proxy_log\n');
    expect(stdout)
      .to.match(/grants +those that every plugin has\n/)
      .and.match(/ {4}code, \d+ (bytes|KiB)\n/);
  });

  it('says it for programs too, and what a plugin may have to be granted', async () => {
    const { code, stdout } = await loom('plugin', 'inspect', '--json', built('http-auth'));
    const seen = JSON.parse(stdout) as Inspection;
    expect(code).to.equal(0);
    expect(seen.grants).to.include('Calls');
    expect(seen.imports.map(({ name }) => name)).to.include('proxy_http_call');
  });

  it('ends with 1 and the reason where Loom would refuse the module', async () => {
    const file = join(folder, 'text.wasm');
    writeFileSync(file, 'not a module');
    const { code, stdout } = await loom('plugin', 'inspect', file);
    expect(code).to.equal(1);
    expect(stdout).to.include('refused: not a WebAssembly module');
  });

  it('ends with 2 without a module', async () => {
    const { code, stderr } = await loom('plugin', 'inspect');
    expect([code, stderr]).to.deep.equal([2, 'loom plugin inspect: takes one module\n']);
  });
});
