import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { readTar } from '../../src/artifacts/tar.ts';
import { writeTar } from '../../src/artifacts/write-tar.ts';

const files = [
  { path: 'a/empty', bytes: Buffer.alloc(0) },
  { path: 'a/block', bytes: Buffer.alloc(512, 'x') },
  { path: 'a/text', bytes: Buffer.from('grüße\n') },
];

describe('writeTar', () => {
  const archive = writeTar(files, new Date('2026-01-02T03:04:05Z'));

  it('is read again as it was', () => {
    const read = [...readTar(archive)].map(({ path, bytes }) => ({ path, bytes: Buffer.from(bytes) }));
    expect(read).to.deep.equal(files);
  });

  it('is read by tar', () => {
    const { stdout, status } = spawnSync('tar', ['-tvf', '-', '--utc'], { input: archive, encoding: 'utf8' });
    expect(status).to.equal(0);
    expect(stdout.split('\n')[1]).to.match(/^-rw-------.* 512 2026-01-02 03:04 a\/block$/);
  });
});
