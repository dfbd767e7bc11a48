import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loomIn } from '../program.ts';

/** What docs/plugin-authors.md tells a new author to do, in its order. The compiler is that of this checkout. */
describe('a new plugin', function () {
  this.timeout(120_000);
  let parent: string;
  let folder: string;
  before(() => {
    parent = mkdtempSync(join(tmpdir(), 'loom-author-'));
    folder = join(parent, 'greet');
  });
  after(() => rmSync(parent, { recursive: true }));

  it('is made', async () => {
    const { code, stdout, stderr } = await loomIn(parent, ['plugin', 'new', 'greet']);
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.equal(
      'greet: a plugin in AssemblyScript. Next:\n  cd greet\n  npm install\n  loom plugin build\n  loom plugin test\n',
    );
    const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string };
    expect(name).to.equal('greet');
  });

  it('builds', async () => {
    const { code, stdout } = await loomIn(folder, ['plugin', 'build']);
    expect(code).to.equal(0);
    expect(stdout).to.match(/^build\/greet\.wasm: \d+ KiB, ABI 0\.2\.1\n$/);
  });

  it('passes its tests', async () => {
    const { code, stdout } = await loomIn(folder, ['plugin', 'test']);
    expect(stdout).to.match(/^greet\.test\.yaml\n( {2}ok .*\n){3}3 passed, 0 failed\n$/);
    expect(code).to.equal(0);
  });

  it('runs', async () => {
    const args = ['plugin', 'run', 'build/greet.wasm', '-c', '{"greeting":"you"}', '-'];
    const { code, stdout } = await loomIn(folder, args, { input: '{"upstream": {"status": 404}}\n' });
    const { response } = JSON.parse(stdout) as { response: object };
    expect(response).to.deep.equal({ status: 404, headers: { 'x-hello': 'you' } });
    expect(code).to.equal(0);
  });

  it('tells what it is', async () => {
    const { code, stdout } = await loomIn(folder, ['plugin', 'inspect', 'build/greet.wasm']);
    expect(stdout).to.include('    env.proxy_replace_header_map_value\n');
    expect(code).to.equal(0);
  });

  it('says what is wrong when it traps, in the test and in what it logged', async () => {
    const file = join(folder, 'assembly/index.ts');
    const source = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      source.replace('response.set(', 'if (count > 0) throw new Error("broken");\n    response.set('),
    );
    expect((await loomIn(folder, ['plugin', 'build', '--debug'])).code).to.equal(0);
    const { code, stdout } = await loomIn(folder, ['plugin', 'test']);
    expect(code).to.equal(1);
    expect(stdout)
      .to.include('expected  no plugin fails\n')
      .and.include('proxy_on_response_headers: unreachable');
    expect(stdout)
      .to.match(/fatal greet: broken at assembly\/index\.ts:\d+:\d+/)
      .and.include('1 passed, 2 failed');
  });

  it('gives the words of the compiler where it does not compile', async () => {
    writeFileSync(join(folder, 'assembly/index.ts'), 'export function f(): i32 { return "text"; }\n');
    const { code, stderr } = await loomIn(folder, ['plugin', 'build']);
    expect(code).to.equal(1);
    expect(stderr).to.include('assembly/index.ts');
  });
});
