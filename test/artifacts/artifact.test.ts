import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { artifactReaders } from '../../src/artifacts/artifact.ts';
import { Objects } from '../support/objects.ts';

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
    const source = { type: 'ConfigMap', namespace: 'a', name: 'm', key: 'p.wasm' } as const;

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

    for (const [title, wanted] of [
      ['the object', { name: 'gone' }],
      ['the namespace', { namespace: 'b' }],
      ['the key', { key: 'other.wasm' }],
    ] as const) {
      it(`names what is missing: ${title}`, async () => {
        const objects = new Objects().apply(configMap('AAAA'));
        const { ConfigMap } = artifactReaders(() => objects.set);
        const { namespace, name, key } = { ...source, ...wanted };
        const want = `the ConfigMap ${namespace}/${name} has no key ${key} in binaryData`;
        expect(await failureOf(ConfigMap.stamp({ ...source, ...wanted }))).to.equal(want);
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
      const before = await File.stamp(source);
      expect(String(await File.read(source))).to.equal('one');
      expect(await File.stamp(source)).to.equal(before);
      writeFileSync(path, 'longer');
      expect(await File.stamp(source)).not.to.equal(before);
    });

    it('refuses one larger than 64 MiB without reading it', async () => {
      truncateSync(path, 64 * 1024 * 1024);
      expect(await failureOf(File.stamp({ type: 'File', path }))).to.equal('nothing');
      truncateSync(path, 64 * 1024 * 1024 + 1);
      expect(await failureOf(File.stamp({ type: 'File', path }))).to.include('more than 67108864');
    });

    it('says that there is none', async () => {
      expect(await failureOf(File.stamp({ type: 'File', path: `${path}.gone` }))).to.include('ENOENT');
    });
  });
});
