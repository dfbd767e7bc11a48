import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DiskCache } from '../../src/artifacts/cache.ts';
import { digestOf } from '../../src/artifacts/oci/digest.ts';
import { loggerTo } from '../../src/telemetry/log.ts';

describe('DiskCache', () => {
  let folder: string;
  let told: string[];
  const open = (at = folder, maxBytes = 1000): DiskCache =>
    new DiskCache(
      at,
      maxBytes,
      loggerTo((line) => told.push((JSON.parse(line) as { msg: string }).msg), 'info'),
    );
  const content = (letter: string): Buffer => Buffer.alloc(400, letter);
  const put = async (cache: DiskCache, letter: string): Promise<string> => {
    const digest = digestOf(content(letter));
    await cache.putContent(digest, content(letter));
    return digest;
  };

  beforeEach(() => {
    told = [];
    folder = mkdtempSync(join(tmpdir(), 'loom-cache-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('gives to the next process what one has put there', async () => {
    const digest = await put(open(), 'a');
    await open().putName(['oci', 'x'], { digest, etag: 'e' });
    expect(await open().content(digest)).to.deep.equal(content('a'));
    expect(await open().name(['oci', 'x'])).to.include({ digest, etag: 'e' });
    expect(await open().name(['oci', 'y'])).to.equal(undefined);
  });

  it('keeps what was used last when there is too much', async () => {
    const cache = open();
    const [a, b] = [await put(cache, 'a'), await put(cache, 'b')];
    for (const [digest, time] of [
      [a, 1000],
      [b, 2000],
    ] as const)
      utimesSync(join(folder, 'contents', digest.replace(':', '-')), time, time);
    await cache.content(a);
    const c = await put(cache, 'c');
    expect(await cache.content(b)).to.equal(undefined);
    expect(await cache.content(a)).to.deep.equal(content('a'));
    expect(await cache.content(c)).to.deep.equal(content('c'));
  });

  it('gives nothing that is damaged, and forgets it', async () => {
    const digest = await put(open(), 'a');
    writeFileSync(join(folder, 'contents', digest.replace(':', '-')), 'b');
    expect(await open().content(digest)).to.equal(undefined);
    expect(readdirSync(join(folder, 'contents'))).to.deep.equal([]);
    expect(told).to.deep.equal(['cached content is damaged; it will be fetched again']);
  });

  it('does without a folder that cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    const cache = open(join(folder, 'file', 'cache'));
    const digest = await put(cache, 'a');
    expect(await cache.content(digest)).to.equal(undefined);
    expect(told).to.deep.equal(['plugins are not cached on the disk']);
  });

  it('does without a folder that others may write to', async () => {
    mkdirSync(join(folder, 'names'));
    chmodSync(join(folder, 'names'), 0o777);
    expect(await open().content(await put(open(), 'a'))).to.equal(undefined);
    expect(told).to.include('plugins are not cached on the disk');
  });
});
