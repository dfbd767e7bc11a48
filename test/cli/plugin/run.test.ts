import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { loom } from '../program.ts';

const built = (name: string): string => resolve(`plugins/examples/${name}/build/${name}.wasm`);
const lines = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('loom plugin run', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loom-run-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };

  it('sends one request that the options tell', async () => {
    const config = '{"request":{"x-a":"1"},"response":{"x-b":"2"}}';
    const request = ['-c', config, '--path', '/p?q=1', '-H', 'Accept: */*', '-d', 'body'];
    const answer = ['--status', '201', '--answer', 'made', '--answer-header', 'content-type: text/plain'];
    const module = built('header-rewrite');
    const { code, stdout, stderr } = await loom('plugin', 'run', module, ...request, ...answer);
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(lines(stdout)).to.deep.equal([
      {
        request: {
          method: 'POST',
          scheme: 'http',
          authority: 'localhost',
          path: '/p?q=1',
          headers: { accept: '*/*', 'content-length': '4', 'x-a': '1' },
          body: 'body',
        },
        response: {
          status: 201,
          headers: { 'content-type': 'text/plain', 'content-length': '4', 'x-b': '2' },
          body: 'made',
        },
        plugins: { plugin: 'continue' },
      },
    ]);
  });

  it('sends every line of a file through one instance, in order', async () => {
    const messages = Array.from({ length: 300 }, (_, i) => JSON.stringify({ request: { path: `/${i}` } }));
    // A bucket that an instance keeps: another one would let more through.
    const config = '{"requestsPerSecond":0.001,"burst":200}';
    const file = write('m.jsonl', messages.join('\n'));
    const { code, stdout } = await loom('plugin', 'run', built('rate-limit'), '-c', config, file);
    expect(code).to.equal(0);
    const told = lines(stdout) as { request?: { path: string }; response: { status: number } }[];
    expect(told.map(({ request }) => request?.path)).to.deep.equal(
      messages.map((_, i) => (i < 200 ? `/${i}` : undefined)),
    );
    expect(told.map(({ response }) => response.status)).to.deep.equal(
      messages.map((_, i) => (i < 200 ? 200 : 429)),
    );
  });

  it('takes the chain of a configuration, in the order of phase, priority and name', async () => {
    const plugin = (name: string, priority: number): string =>
      `  - { name: ${name}, path: ${built('header-rewrite')}, priority: ${priority}, config: { request: { x-last: ${name} } } }`;
    const file = write('chain.yaml', ['plugins:', plugin('first', 2), plugin('last', 1)].join('\n'));
    const { code, stdout } = await loom('plugin', 'run', file);
    expect(code).to.equal(0);
    const [told] = lines(stdout) as { request: { headers: object }; plugins: object }[];
    expect(told?.request.headers).to.deep.equal({ 'x-last': 'last' });
    expect(told?.plugins).to.deep.equal({ first: 'continue', last: 'continue' });
  });

  const refusals: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ['no module', [], 2, /takes a module or a configuration/],
    [
      'options that a file of messages says itself',
      [built('hello'), 'm.jsonl', '-d', 'x'],
      2,
      /--data: each line of m\.jsonl/,
    ],
    [
      'a configuration for a configuration',
      ['chain.yaml', '-c', '{}'],
      2,
      /--config and --allow are for a module/,
    ],
    ['a header without a colon', [built('hello'), '-H', 'nix'], 2, /"nix" is no header/],
    ['a module that is not there', ['gone.wasm'], 1, /gone\.wasm.*ENOENT/],
    [
      'a configuration that the plugin refuses',
      [built('header-rewrite'), '-c', '[]'],
      1,
      /refused its configuration/,
    ],
  ];
  for (const [what, args, expected, message] of refusals) {
    it(`ends with ${expected} for ${what}`, async () => {
      const { code, stdout, stderr } = await loom('plugin', 'run', ...args);
      expect([code, stdout]).to.deep.equal([expected, '']);
      expect(stderr).to.match(message);
    });
  }

  it('says which line of a file is wrong, and where in it', async () => {
    const file = write('m.jsonl', '{}\n{"request": {"status": 1}}\n');
    const { code, stderr } = await loom('plugin', 'run', built('hello'), file);
    expect(code).to.equal(1);
    expect(stderr).to.equal(`loom plugin run: ${file}:2: request.status: unknown field\n`);
  });
});
