import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loomIn } from '../program.ts';

describe('loom plugin new', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loom-new-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const languages: readonly (readonly [string, readonly string[]])[] = [
    ['assemblyscript', ['asconfig.json', 'assembly', 'package.json', 'sdk']],
    ['rust', ['Cargo.toml', 'src']],
    ['go', ['go.mod', 'go.sum', 'main.go']],
  ];
  for (const [language, files] of languages) {
    it(`makes a plugin in ${language} that carries its name`, async () => {
      const { code } = await loomIn(folder, ['plugin', 'new', '--lang', language, 'my-plugin']);
      expect(code).to.equal(0);
      const made = join(folder, 'my-plugin');
      expect(readdirSync(made)).to.have.members([...files, '.gitignore', 'README.md', 'my-plugin.test.yaml']);
      for (const entry of readdirSync(made, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        expect(readFileSync(join(entry.parentPath, entry.name), 'utf8'), entry.name).not.to.include(
          '{{name}}',
        );
      }
    });
  }

  const refusals: readonly (readonly [string, readonly string[], number, string])[] = [
    ['no name', [], 2, 'takes one name'],
    [
      'a name that no package may have',
      ['My_Plugin'],
      2,
      '"My_Plugin" is no name: lower-case letters, digits and single -, a letter first',
    ],
    ['an unknown language', ['--lang', 'perl', 'p'], 2, '--lang must be one of assemblyscript, rust, go'],
    ['a folder with something in it', ['full'], 1, 'the folder full is not empty'],
  ];
  for (const [what, args, expected, message] of refusals) {
    it(`refuses ${what} and touches nothing`, async () => {
      mkdirSync(join(folder, 'full'));
      writeFileSync(join(folder, 'full/mine'), '');
      const { code, stderr } = await loomIn(folder, ['plugin', 'new', ...args]);
      expect([code, stderr]).to.deep.equal([expected, `loom plugin new: ${message}\n`]);
      expect(readdirSync(folder, { recursive: true })).to.have.members(['full', 'full/mine']);
    });
  }
});
