import { mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { artifactReaders } from '../../src/artifacts/artifact.ts';
import { Objects } from '../support/objects.ts';
import { eventually } from '../support/wait.ts';

const failureOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing',
    (error: Error) => error.message,
  );
const configMap = (value: string, metadata = 'name: m, namespace: a'): string => `
kind: ConfigMap
metadata: { ${metadata} }
binaryData: { p.wasm: ${value} }
`;

describe('artifact reader', () => {
  describe('of a ConfigMap', () => {
    const part = { name: 'm', key: 'p.wasm' };
    const source = { type: 'ConfigMap', namespace: 'a', parts: [part] } as const;

    it('gives the bytes behind the base64', async () => {
      const objects = new Objects().apply(configMap('AGFzbQE='));
      const { ConfigMap } = artifactReaders(() => objects.set);
      expect(await ConfigMap.read(source)).to.deep.equal(Buffer.from([0, 0x61, 0x73, 0x6d, 1]));
    });

    it('has a stamp that changes with the content and not with the object', async () => {
      const objects = new Objects().apply(configMap('AAAA'));
      const { ConfigMap } = artifactReaders(() => objects.set);
      const before = await ConfigMap.stamp(source);
      objects.apply(configMap('AAAA', 'name: m, namespace: a, labels: { x: y }'));
      expect(await ConfigMap.stamp(source)).to.equal(before);
      objects.apply(configMap('AAAB'));
      expect(await ConfigMap.stamp(source)).not.to.equal(before);
    });

    it('finds the object of a loom.yaml, which has no namespace', async () => {
      const objects = new Objects().apply(configMap('AAAA', 'name: m'));
      const { ConfigMap } = artifactReaders(() => objects.set);
      expect(await ConfigMap.read({ ...source, namespace: '' })).to.have.length(3);
    });

    it('puts the pieces of a large module together in their order', async () => {
      const objects = new Objects().apply(`
kind: ConfigMap
metadata: { name: m, namespace: a }
binaryData: { one: AGFz, three: AAAA }
---
kind: ConfigMap
metadata: { name: n, namespace: a }
binaryData: { two: bQEA }
`);
      const parts = [
        { name: 'm', key: 'one' },
        { name: 'n', key: 'two' },
        { name: 'm', key: 'three' },
      ];
      const { ConfigMap } = artifactReaders(() => objects.set);
      const wanted = { type: 'ConfigMap', namespace: 'a', parts } as const;
      expect((await ConfigMap.read(wanted)).toString()).to.equal(
        Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0]).toString(),
      );
      const before = await ConfigMap.stamp(wanted);
      expect(await ConfigMap.stamp(wanted)).to.equal(before);
      objects.apply(configMap('AAAA', 'name: n, namespace: a').replace('p.wasm', 'two'));
      expect(await ConfigMap.stamp(wanted)).not.to.equal(before);
    });

    for (const [title, wanted] of [
      ['the object', { name: 'gone' }],
      ['the namespace', { namespace: 'b' }],
      ['the key', { key: 'other.wasm' }],
    ] as const) {
      it(`names what is missing: ${title}`, async () => {
        const objects = new Objects().apply(configMap('AAAA'));
        const { ConfigMap } = artifactReaders(() => objects.set);
        const { namespace, name, key } = { namespace: 'a', ...part, ...wanted };
        const want = `the ConfigMap ${namespace}/${name} has no key ${key} in binaryData`;
        expect(
          await failureOf(ConfigMap.stamp({ type: 'ConfigMap', namespace, parts: [{ name, key }] })),
        ).to.equal(want);
      });
    }
  });

  describe('of a file', () => {
    const { File } = artifactReaders(() => new Objects().set);
    let path: string;
    beforeEach(() => {
      path = join(mkdtempSync(join(tmpdir(), 'loom-artifact-')), 'p.wasm');
      writeFileSync(path, 'one');
    });
    afterEach(() => rmSync(join(path, '..'), { recursive: true }));

    it('gives the bytes, and a stamp that changes with them', async () => {
      const source = { type: 'File', path } as const;
      utimesSync(path, 1, 1);
      const before = await File.stamp(source);
      expect(String(await File.read(source))).to.equal('one');
      expect(await File.stamp(source)).to.equal(before);
      writeFileSync(path, 'longer');
      expect(await File.stamp(source)).not.to.equal(before);
    });

    it('has another stamp once it cannot be written within the same tick of the clock any more', async () => {
      const soon = new Date(Date.now() + 500);
      utimesSync(path, soon, soon);
      const before = await File.stamp({ type: 'File', path });
      writeFileSync(path, 'two');
      utimesSync(path, soon, soon);
      await eventually('another stamp', async () => (await File.stamp({ type: 'File', path })) !== before);
    });

    it('refuses one larger than 64 MiB without reading it', async () => {
      truncateSync(path, 64 * 1024 * 1024);
      expect(await failureOf(File.stamp({ type: 'File', path }))).to.equal('nothing');
      truncateSync(path, 64 * 1024 * 1024 + 1);
      expect(await failureOf(File.stamp({ type: 'File', path }))).to.include('more than 67108864');
    });

    it('refuses what is no file, which reading might never end', async () => {
      const folder = join(path, '..');
      expect(await failureOf(File.stamp({ type: 'File', path: folder }))).to.equal(
        `${folder} is not a regular file`,
      );
    });

    it('says that there is none', async () => {
      expect(await failureOf(File.stamp({ type: 'File', path: `${path}.gone` }))).to.include('ENOENT');
    });
  });
});
