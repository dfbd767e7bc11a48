import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { pino } from 'pino';
import type { KubeObject } from '../../../src/api/core.ts';
import type { Kind } from '../../../src/sources/objects.ts';
import { watchedKinds, type WatchedKind } from '../../../src/sources/kube/kinds.ts';
import { LastGood } from '../../../src/sources/kube/last-good.ts';
import { Standby } from '../../../src/sources/kube/standby.ts';
import { Store, type StorePart } from '../../../src/sources/kube/store.ts';
import { eventually } from '../../support/wait.ts';

const log = pino({ level: 'silent' });
const named = (kind: Kind, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { namespace: 'shop', name },
});
const route = (name: string, host: string): KubeObject =>
  ({ ...named('LoomRoute', name), spec: { hostnames: [host] } }) as KubeObject;

describe('what stands in for the API server', () => {
  let path: string;
  let folder: string;
  let store: Store;
  let unread: Set<Kind>;
  let standby: Standby;
  let stop: AbortController;
  let done: Promise<void>;
  let isRestored: boolean;

  const part = (kind: Kind): StorePart =>
    store.part(watchedKinds.find((watched) => watched.kind === kind) as WatchedKind);
  const start = (): void => {
    store = new Store();
    stop = new AbortController();
    isRestored = false;
    standby = new Standby({
      file: new LastGood(path, 'one', log),
      store,
      log,
      timing: { waitMs: 0, settleMs: 0, saveMs: 0 },
      changed: () => undefined,
      unread: () => unread,
    });
    done = standby.run(stop.signal, () => (isRestored = true));
  };
  const end = async (): Promise<void> => {
    stop.abort();
    await done;
  };
  /** Lines of the file after those that tell a time. */
  const written = (): readonly string[] =>
    gunzipSync(readFileSync(path))
      .toString()
      .trimEnd()
      .split('\n')
      .filter((line) => line.startsWith('['));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'loom-standby-'));
    path = join(folder, 'last-good.gz');
    unread = new Set();
    start();
  });
  afterEach(async () => {
    await end();
    rmSync(folder, { recursive: true });
  });

  it('has saved what it is told of, and all when it is not told what', async () => {
    const routes = part('LoomRoute');
    for (let i = 0; i < 50; i++) routes.apply(route(`r${i}`, `${i}.test`));
    standby.dirty('LoomRoute', 'shop/r0');
    await eventually('the first save, of all', () => written().length === 50);
    const { ino } = statSync(path);
    routes.apply(route('r7', 'other.test'));
    standby.dirty('LoomRoute', 'shop/r7');
    routes.delete(named('LoomRoute', 'r8'));
    standby.dirty('LoomRoute', 'shop/r8');
    await eventually('both changes', () => written().length === 52);
    expect(written().at(-2)).to.include('other.test');
    expect(written().at(-1)).to.equal('["LoomRoute","shop/r8"]');
    expect(statSync(path).ino).to.equal(ino);
    standby.dirty('LoomRoute');
    await eventually('a save of all', () => written().length === 49);
  });

  it('has saved that what was restored is gone, also when that is known late', async () => {
    part('LoomRoute').apply(route('r', 'a.test'));
    part('Secret').apply(named('Secret', 'tls'));
    standby.dirty('Secret', 'shop/tls');
    await eventually('it is saved', () => written().length === 2);
    await end();
    unread = new Set(['LoomRoute']);
    start();
    await eventually('it is restored', () => isRestored);
    unread = new Set();
    standby.release('LoomRoute');
    standby.dirty('LoomRoute', 'shop/r');
    await eventually('a save with the Secret alone', () => written().length === 1);
    standby.release('Secret', 'shop/tls');
    await eventually('it is forgotten', async () => {
      const saved = await new LastGood(path, 'one', log).load();
      return saved?.objects.length === 0;
    });
  });
});
