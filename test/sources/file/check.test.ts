import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPath as check, type CheckModule } from '../../../src/sources/file/check.ts';
import { makeTlsPair } from '../../support/tls-pair.ts';

const noModules: CheckModule = async () => undefined;
const checkPath = (path: string, modules = noModules): ReturnType<typeof check> =>
  check(path, { checkModule: modules, references: false });

describe('checking a path', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loom-check-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const path of ['examples/loom.yaml', 'examples/kubernetes']) {
    it(`finds nothing wrong with ${path}`, async () => expect(await checkPath(path)).to.deep.equal([]));
  }

  it('finds nothing wrong with the examples of the guide', async () => {
    const text = ['docs/loom-yaml.md', 'docs/plugin-sources.md']
      .map((doc) => readFileSync(doc, 'utf8'))
      .join('');
    const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)];
    writeFileSync(join(folder, 'config.json'), '{"auths":{}}');
    const pair = makeTlsPair();
    for (const [, field, name] of text.matchAll(/(cert|key|ca): ([a-z-]+\.(?:pem|key))/g))
      writeFileSync(join(folder, name as string), field === 'key' ? pair.key : pair.cert);
    expect(blocks).to.have.length.above(2);
    for (const [i, [, example = '']] of blocks.entries()) {
      const file = join(folder, `${i}.yaml`);
      writeFileSync(file, example);
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

  it('tells of modules that are none, where they are named', async () => {
    writeFileSync(
      join(folder, 'loom.yaml'),
      'plugins:\n  - { name: p, path: good.wasm }\n  - name: q\n    path: bad.wasm\n  - { name: r }\n',
    );
    const asked: string[] = [];
    const problems = await checkPath(folder, async (path) => {
      asked.push(path);
      return path.endsWith('bad.wasm') ? 'is a picture' : undefined;
    });
    expect(asked).to.have.members([join(folder, 'good.wasm'), join(folder, 'bad.wasm')]);
    const found = problems.filter(({ message }) => message.endsWith('is a picture'));
    expect(found.map(({ location, field, message }) => [location, field, message])).to.deep.equal([
      [`${join(folder, 'loom.yaml')}:4:5`, 'plugins[1].path', `${join(folder, 'bad.wasm')}: is a picture`],
    ]);
  });
});
