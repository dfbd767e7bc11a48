import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { builtExamples } from '../../hack/plugins/examples.ts';

describe('examples in Rust, Go and C++', () => {
  let folders: readonly string[];

  before(async function () {
    this.timeout(300_000);
    folders = await builtExamples();
  });

  for (const name of ['rust-api-key', 'go-redact', 'cpp-digest']) {
    it(`${name} does what its table says`, async () => {
      const folder = folders.find((path) => basename(path) === name);
      const args = ['src/main.ts', 'plugin', 'test', String(folder)];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      expect(stdout).to.match(/\b[1-9]\d* passed, 0 failed/);
    });
  }
});
