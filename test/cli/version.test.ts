import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { loom } from './program.ts';

describe('loom version', () => {
  for (const name of ['version', '--version']) {
    it(`says what ${name} runs on`, async () => {
      const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
      const { node, v8 } = process.versions;
      expect(await loom(name)).to.deep.equal({
        code: 0,
        stdout: `loom ${version} (node ${node}, v8 ${v8})\n`,
        stderr: '',
      });
    });
  }
});
