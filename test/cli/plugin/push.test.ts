import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loomIn } from '../program.ts';

const module = 'plugins/examples/hello/build/hello.wasm';
/** Where nobody listens: port 9 is not given to anyone who asks for a free one. */
const nowhere = '127.0.0.1:9/team/hello:1';

describe('loom plugin push', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loom-push-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const push = (...args: readonly string[]): ReturnType<typeof loomIn> =>
    loomIn('.', ['plugin', 'push', ...args], { env: { DOCKER_CONFIG: folder } });

  const refusals: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ['no reference', [module], 2, /takes a module and a reference/],
    ['what is no reference', [module, 'hello'], 1, /hello is not the name of an image/],
    [
      'a reference with a digest',
      [module, `${nowhere}@sha256:${'0'.repeat(64)}`],
      1,
      /a module is pushed to a tag/,
    ],
    ['a file that is no plugin', ['README.md', nowhere], 1, /README\.md: not a WebAssembly module/],
    [
      'a user without a password',
      [module, nowhere, '-u', 'me'],
      2,
      /--username and --password-stdin belong together/,
    ],
    ['a password without a user', [module, nowhere, '--password-stdin'], 2, /belong together/],
    ['two ways to trust', [module, nowhere, '--plain-http', '--skip-verify'], 2, /has no certificate/],
    [
      'an annotation without a value',
      [module, nowhere, '--annotation', 'x'],
      2,
      /--annotation x must be KEY=VALUE/,
    ],
    ['what is no date', [module, nowhere, '--created', 'soon'], 2, /--created soon is no date/],
    [
      'a registry that is not there',
      [module, nowhere, '--plain-http'],
      1,
      /127\.0\.0\.1:9 refuses connections/,
    ],
  ];
  for (const [what, args, expected, message] of refusals) {
    it(`ends with ${expected} for ${what}`, async () => {
      const { code, stdout, stderr } = await push(...args);
      expect([code, stdout]).to.deep.equal([expected, '']);
      expect(stderr).to.match(message);
    });
  }

  it('says which docker config cannot be read, and nothing of what is in it', async () => {
    const config = join(folder, 'config.json');
    writeFileSync(config, 'c2VjcmV0');
    const { code, stderr } = await push(module, nowhere);
    expect([code, stderr]).to.deep.equal([1, `loom plugin push: ${config} is not JSON\n`]);
  });
});
