import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { loomIn } from '../program.ts';

const plugin = `plugins:\n  - { name: p, path: ${resolve('plugins/examples/hello/build/hello.wasm')} }\n`;

describe('loom plugin test', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loom-test-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

  it('says for each expectation that does not hold what was expected, what came and where it is written', async () => {
    write('b.test.yaml', `${plugin}tests:\n  - { name: good, expect: { response: { status: 200 } } }\n`);
    write(
      'a.test.yaml',
      `${plugin}tests:\n  - name: bad\n    expect:\n      response:\n        headers: { x-hello: moon, x-none: null }\n        body: text\n`,
    );
    const { code, stdout } = await loomIn(folder, ['plugin', 'test']);
    expect(stdout).to.equal(
      [
        'a.test.yaml',
        '  FAIL  bad',
        '        a.test.yaml:7:20: tests[0].expect.response.headers.x-hello',
        '          expected  "moon"',
        '          got       "world"',
        '        a.test.yaml:8:9: tests[0].expect.response.body',
        '          expected  "text"',
        '          got       nothing',
        'b.test.yaml',
        '  ok    good',
        '1 passed, 1 failed',
        '',
      ].join('\n'),
    );
    expect(code).to.equal(1);
  });

  it('says where a table is wrong, all at once, and runs nothing', async () => {
    write(
      'a.test.yaml',
      `${plugin}tests:\n  - expect: { reponse: {} }\n    request: { path: x, body: { jsn: 1 } }\n`,
    );
    const { code, stderr } = await loomIn(folder, ['plugin', 'test', 'a.test.yaml']);
    expect(code).to.equal(1);
    expect(stderr.trim().split('\n')).to.have.members([
      'loom plugin test: a.test.yaml:4:5: tests[0].name: is required',
      'a.test.yaml:4:15: tests[0].expect.reponse: unknown field',
      'a.test.yaml:5:16: tests[0].request.path: must be a path that begins with /',
      'a.test.yaml:5:25: tests[0].request.body: must have one of json and base64',
      'a.test.yaml:5:33: tests[0].request.body.jsn: unknown field',
    ]);
  });

  it('says where the plugins of a table are wrong', async () => {
    write('a.test.yaml', 'plugins:\n  - { name: p, path: gone.wasm }\ntests: []\n');
    const { code, stderr } = await loomIn(folder, ['plugin', 'test']);
    expect(code).to.equal(1);
    expect(stderr).to.match(/a\.test\.yaml:2:\d+: plugins\[0\]\S*: ENOENT.*gone\.wasm/);
  });

  it('ends with 1 when there is nothing to test', async () => {
    const { code, stderr } = await loomIn(folder, ['plugin', 'test']);
    expect([code, stderr]).to.deep.equal([1, 'loom plugin test: there is no file that ends in .test.yaml\n']);
  });
});
