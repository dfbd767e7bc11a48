import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { pino } from 'pino';
import type { KubeObject } from '../../../src/api/core.ts';
import { emptyObjects } from '../../../src/sources/file/state.ts';
import type { Kind } from '../../../src/sources/objects.ts';
import { LastGood, type Changes } from '../../../src/sources/kube/last-good.ts';
import { eventually } from '../../support/wait.ts';

type Route = KubeObject & { readonly spec: { readonly text: string } };

const route = (name: string, text: string): Route => ({
  apiVersion: 'loom.dev/v1alpha1',
  kind: 'LoomRoute',
  metadata: { namespace: 'shop', name },
  spec: { text },
});
const routes = (...names: readonly string[]): Changes =>
  new Map<Kind, ReadonlySet<string>>([
    ['LoomRoute', new Set(names.map((name) => `shop/${name}`))],
    ['Secret', new Set()],
  ]);

describe('the file of the last good state', () => {
  let folder: string;
  let path: string;
  let said: string[];
  let objects: ReturnType<typeof emptyObjects>;

  const open = (): LastGood => {
    const to = new Writable({ write: (chunk: Buffer, _, done) => (said.push(chunk.toString()), done()) });
    return new LastGood(path, 'one', pino({ level: 'info' }, to));
  };
  const put = (name: string, text: string): void => {
    objects.LoomRoute.set(`shop/${name}`, route(name, text));
  };
  const bytes = (): number => statSync(path).size;
  const inode = (): number => statSync(path).ino;

  /** What another process would make of it. */
  async function loaded(): Promise<Readonly<Record<string, unknown>> | undefined> {
    const saved = await open().load();
    return (
      saved && Object.fromEntries(saved.objects.map((one) => [one[1].metadata.name, (one[1] as Route).spec]))
    );
  }
  const now = (): Readonly<Record<string, unknown>> =>
    Object.fromEntries(objects.LoomRoute.values().map((one) => [one.metadata.name, (one as Route).spec]));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'loom-last-good-'));
    path = join(folder, 'cache', 'last-good.gz');
    said = [];
    objects = emptyObjects();
    put('a', '1');
    put('b', '1');
    // As it would be with more objects: room for what is appended.
    put('c', randomBytes(1500).toString('hex'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('gets what changed and what is gone at its end, and nothing else', async () => {
    const file = open();
    await file.save(objects);
    const whole = readFileSync(path);
    put('a', '2');
    put('b', 'nobody was told of this');
    put('d', '1');
    objects.LoomRoute.delete('shop/c');
    await file.save(objects, routes('a', 'c', 'd'));
    const grown = readFileSync(path);
    expect(grown.subarray(0, whole.length).equals(whole)).to.equal(true);
    expect(grown.length - whole.length).to.be.within(1, 300);
    expect(await loaded()).to.deep.equal({ a: { text: '2' }, b: { text: '1' }, d: { text: '1' } });
    put('c', 'again');
    objects.LoomRoute.delete('shop/d');
    await file.save(objects, routes('b', 'c', 'd'));
    expect(await loaded()).to.deep.equal(now());
    expect(gunzipSync(readFileSync(path)).toString().split('\n'), 'with any gunzip').to.have.length(13);
    expect([statSync(path).mode & 0o777, readdirSync(dirname(path)).length]).to.deep.equal([0o600, 1]);
    expect(said).to.deep.equal([]);
  });

  it('keeps nothing of a Secret that is another one or gone', async () => {
    const file = open();
    const secret = (text: string): KubeObject =>
      ({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace: 'shop', name: 's' },
        data: { 'tls.key': text },
      }) as KubeObject;
    objects.Secret.set('shop/s', secret('first-key'));
    await file.save(objects);
    for (const text of ['second-key', undefined]) {
      if (text === undefined) objects.Secret.delete('shop/s');
      else objects.Secret.set('shop/s', secret(text));
      await file.save(objects, new Map([['Secret', new Set(['shop/s'])]]));
      const keys = gunzipSync(readFileSync(path))
        .toString()
        .match(/[a-z]+-key/g);
      expect(keys).to.deep.equal(text === undefined ? null : [text]);
    }
  });

  it('is of the time of its last save', async () => {
    const file = open();
    await file.save(objects);
    const first = (await open().load())?.at.getTime() ?? NaN;
    await eventually('the next millisecond', () => Date.now() > first);
    await file.save(objects, routes('a'));
    expect((await open().load())?.at.getTime()).to.be.greaterThan(first);
  });

  it('counts without a save that was cut, which the log says', async () => {
    const file = open();
    await file.save(objects);
    put('a', '2');
    await file.save(objects, routes('a'));
    const [before, ends] = [now(), bytes()];
    put('a', '3');
    put('b', '3');
    await file.save(objects, routes('a', 'b'));
    for (let end = bytes() - 1; end > ends; end--) {
      truncateSync(path, end);
      said = [];
      expect(await loaded(), `${end}`).to.deep.equal(before);
      expect(said.join(), `${end}`).to.include('is cut or damaged; what was saved before that counts');
    }
    truncateSync(path, ends);
    said = [];
    expect([await loaded(), said]).to.deep.equal([before, []]);
  });

  it('is not used when its beginning is damaged, whatever follows', async () => {
    const file = open();
    await file.save(objects);
    await file.save(objects, routes('a'));
    const damaged = readFileSync(path);
    damaged.writeUInt8(damaged.readUInt8(500) ^ 1, 500);
    writeFileSync(path, damaged);
    expect(await loaded()).to.equal(undefined);
    expect(said.join()).to.include('cannot be used');
  });

  it('is not used when another version wrote it', async () => {
    await open().save(objects);
    const head = { version: 1, at: new Date().toISOString(), of: 'one' };
    writeFileSync(path, gzipSync(`${JSON.stringify(head)}\n`), { mode: 0o600 });
    expect(await loaded()).to.equal(undefined);
    expect(said.join()).to.include('written by another version');
  });

  it('is written anew before it is much larger than twice what it has to hold', async () => {
    const size = 200;
    for (let i = 0; i < size; i++) put(`r${i}`, randomBytes(100).toString('hex'));
    const file = open();
    await file.save(objects);
    const whole = bytes();
    const inodes = new Set([inode()]);
    let largest = 0;
    for (let round = 0; round < 60; round++) {
      const names = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => `r${(round * 10 + i) % size}`);
      for (const name of names) put(name, randomBytes(100).toString('hex'));
      await file.save(objects, routes(...names));
      inodes.add(inode());
      largest = Math.max(largest, bytes());
    }
    expect(largest).to.be.within(1.8 * whole, 2.2 * whole);
    expect(inodes.size).to.be.within(2, 5);
    expect(await loaded()).to.deep.equal(now());
  });

  it('is written as a whole when it is not known what changed, and by each process first', async () => {
    const file = open();
    await file.save(objects);
    const first = inode();
    put('a', '2');
    await file.save(objects);
    const second = inode();
    expect([second === first, await loaded()]).to.deep.equal([false, now()]);
    put('b', '2');
    await open().save(objects, routes('a'));
    expect([inode() === second, await loaded()]).to.deep.equal([false, now()]);
  });

  const others: Readonly<Record<string, () => void>> = {
    'has removed it': () => rmSync(path),
    'has removed its folder': () => rmSync(dirname(path), { recursive: true }),
    'has put a copy in its place': () => {
      copyFileSync(path, `${path}.copy`);
      renameSync(`${path}.copy`, path);
    },
    'has written to it': () => appendFileSync(path, 'rubbish'),
    'has cut it': () => truncateSync(path, 100),
    'has opened it to others': () => chmodSync(path, 0o666),
  };
  for (const [title, meddle] of Object.entries(others)) {
    it(`is written as a whole when somebody ${title}`, async () => {
      const file = open();
      await file.save(objects);
      meddle();
      put('a', '2');
      await file.save(objects, routes('a'));
      expect(await loaded()).to.deep.equal(now());
      put('b', '2');
      await file.save(objects, routes('b'));
      expect(await loaded()).to.deep.equal(now());
      expect(said).to.deep.equal([]);
    });
  }

  it('has all again with the first save that succeeds', async () => {
    const file = open();
    await file.save(objects);
    const away = join(folder, 'away');
    renameSync(dirname(path), away);
    writeFileSync(dirname(path), 'in the way');
    put('a', '2');
    await file.save(objects, routes('a'));
    put('b', '2');
    await file.save(objects, routes('b'));
    expect(said.filter((line) => line.includes('cannot be saved'))).to.have.length(1);
    rmSync(dirname(path));
    renameSync(away, dirname(path));
    put('d', '2');
    await file.save(objects, routes('d'));
    expect(await loaded()).to.deep.equal(now());
  });

  it('holds what it held after a save that failed half way', async () => {
    const file = open();
    put('c', randomBytes(1 << 20).toString('hex'));
    await file.save(objects);
    const [before, whole] = [now(), bytes()];
    const names = Array.from({ length: 1000 }, (_, i) => `r${i}`);
    for (const name of names) put(name, randomBytes(100).toString('hex'));
    const spoilt = { ...route('spoilt', ''), toJSON: () => expect.fail('the disk is full') };
    objects.LoomRoute.set('shop/spoilt', spoilt);
    await file.save(objects, routes(...names, 'spoilt'));
    expect(bytes(), 'something was written').to.be.greaterThan(whole + 10_000);
    expect(await loaded()).to.deep.equal(before);
    put('spoilt', 'no more');
    await file.save(objects, routes('spoilt'));
    expect(await loaded()).to.deep.equal(now());
  });
});
