import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPath } from '../../../src/sources/file/check.ts';

describe('checking a path', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loom-check-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const path of ['examples/loom.yaml', 'examples/kubernetes']) {
    it(`finds nothing wrong with ${path}`, async () => expect(await checkPath(path)).to.deep.equal([]));
  }

  it('finds nothing wrong with the examples of the guide', async () => {
    const blocks = [...readFileSync('docs/loom-yaml.md', 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms)];
    expect(blocks).to.have.length.above(2);
    for (const [i, [, text = '']] of blocks.entries()) {
      const file = join(folder, `${i}.yaml`);
      writeFileSync(file, text);
      expect(await checkPath(file)).to.deep.equal([]);
    }
  });

  it('tells of every file of a folder, sorted', async () => {
    writeFileSync(
      join(folder, 'b.yaml'),
      'apiVersion: loom.dev/v1alpha1\nkind: LoomRoute\nmetadata: { name: r }\nspec:\n  rules:\n    - name: A\n',
    );
    writeFileSync(join(folder, 'a.yaml'), 'a: [\n');
    writeFileSync(join(folder, 'loom.yaml'), 'plugins:\n  - name: p\n    path: p.wasm\n    phase: later\n');
    writeFileSync(join(folder, 'README.md'), 'not: [configuration');
    const problems = await checkPath(folder);
    expect(
      problems.map(({ location, field }) => `${location.slice(location.lastIndexOf('/') + 1)} ${field}`),
    ).to.deep.equal(['a.yaml:2:1 ', 'b.yaml:6:7 spec.rules[0].name', 'loom.yaml:4:5 plugins[0].phase']);
  });

  it('tells of a path that is not there', async () => {
    const problems = await checkPath(join(folder, 'nothing'));
    expect(problems).to.have.length(1);
    expect(problems[0]?.message).to.include('ENOENT');
  });
});
