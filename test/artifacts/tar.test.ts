import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { isTar, readTar } from '../../src/artifacts/tar.ts';
import { header, makeTar } from '../support/tar.ts';

const read = (archive: Uint8Array): Record<string, string> =>
  Object.fromEntries([...readTar(archive)].map(({ path, bytes }) => [path, Buffer.from(bytes).toString()]));

describe('readTar', () => {
  const long = `${'folder/'.repeat(20)}plugin.wasm`;

  for (const format of ['ustar', 'gnu', 'pax', 'v7']) {
    it(`reads what tar writes as ${format}`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'loom-tar-'));
      try {
        const path = format === 'v7' ? 'short.wasm' : long;
        mkdirSync(join(folder, path, '..'), { recursive: true });
        writeFileSync(join(folder, path), 'module');
        writeFileSync(join(folder, 'empty'), '');
        const archive = execFileSync('tar', ['-C', folder, `--format=${format}`, '-cf', '-', path, 'empty']);
        expect(read(archive)).to.deep.equal({ [path]: 'module', empty: '' });
        expect(isTar(archive)).to.equal(format !== 'v7');
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }

  it('passes over what is no regular file', () => {
    const archive = Buffer.concat([header('link', 0, '2'), makeTar({ a: Buffer.from('x') })]);
    expect(read(archive)).to.deep.equal({ a: 'x' });
  });

  const good = makeTar({ a: Buffer.alloc(600, 'x') });
  const spoiled = Buffer.from(good);
  spoiled[0] = 0x62;
  for (const [title, archive, problem] of [
    ['is cut off', good.subarray(0, 1024), 'the archive is cut off'],
    ['has a header that rotted', spoiled, 'the archive has a header with a wrong checksum'],
  ] as const) {
    it(`says when an archive ${title}`, () => {
      expect(() => read(archive)).to.throw(problem);
    });
  }
});
