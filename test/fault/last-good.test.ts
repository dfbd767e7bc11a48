import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { pino } from 'pino';
import { reflectorTiming } from '../../src/sources/kube/reflector.ts';
import { kubeSource, type KubeSource } from '../../src/sources/kube/source.ts';
import { KubeServer } from '../support/kube-server.ts';
import { eventually } from '../support/wait.ts';

const routes = '/apis/loom.dev/v1alpha1/loomroutes';
const services = '/api/v1/services';
const secrets = '/api/v1/secrets';
const configMaps = '/api/v1/configmaps';
const grants = '/apis/gateway.networking.k8s.io/v1beta1/referencegrants';

const named = (name: string, more: object = {}): object => ({
  metadata: { namespace: 'shop', name },
  ...more,
});
const route = (name: string, path = '/'): object =>
  named(name, { spec: { rules: [{ name: 'all', matches: [{ path: { value: path } }] }] } });

describe('a start without the API server', () => {
  let server: KubeServer;
  let folder: string;
  let lines: string[];
  let running: { readonly stop: AbortController; readonly done: Promise<void> }[];

  beforeEach(async () => {
    server = await new KubeServer().start();
    server.fault = ({ path }) => (path === grants ? { status: 404 } : undefined);
    folder = mkdtempSync(join(tmpdir(), 'loom-last-good-'));
    lines = [];
    running = [];
    server.put(routes, route('a'));
    server.put(routes, route('b'));
    server.put(services, named('web', { spec: { ports: [{ port: 80 }] } }));
    server.put(
      secrets,
      named('tls', { type: 'kubernetes.io/tls', data: { 'tls.crt': 'YQ==', 'tls.key': 'Yg==' } }),
    );
    server.put(configMaps, named('ca', { data: { 'ca.crt': 'pem' } }));
  });
  afterEach(async () => {
    for (const { stop } of running) stop.abort();
    await Promise.all(running.map(({ done }) => done));
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  async function start(namespaces: readonly string[] = [], waitMs = 50): Promise<KubeSource> {
    const kubeconfig = join(folder, 'config');
    const config = {
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
      clusters: [{ name: 'k', cluster: { server: server.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token: 't' } }],
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
    const to = new Writable({ write: (chunk: Buffer, _, done) => (lines.push(chunk.toString()), done()) });
    const source = await kubeSource({
      log: pino({ level: 'info' }, to),
      kubeconfig,
      namespaces,
      leaseNamespace: 'loom',
      lastGood: { folder: join(folder, 'cache'), waitMs, timing: { settleMs: 10, saveMs: 10 } },
      timing: {
        reflector: { ...reflectorTiming, backoff: { minMs: 20, maxMs: 100 }, steadyMs: 100, absentMs: 50 },
        lease: { durationMs: 1000, renewMs: 500, retryMs: 60 },
      },
      observe: {
        watchUp: () => undefined,
        relist: () => undefined,
        error: () => undefined,
        event: () => undefined,
        leader: () => undefined,
        addresses: () => undefined,
      },
    });
    const stop = new AbortController();
    running.push({ stop, done: source.run(stop.signal, () => undefined) });
    source.want(new Set(['shop/tls']), new Set(['shop/ca']));
    return source;
  }
  const end = async (): Promise<void> => {
    const last = running.pop();
    last?.stop.abort();
    await last?.done;
  };
  const files = (): string[] => readdirSync(join(folder, 'cache')).filter((name) => name.endsWith('.gz'));
  const path = (): string => join(folder, 'cache', files()[0] ?? '');
  const said = (text: string): boolean => lines.some((line) => line.includes(text));

  /** A source that has read all, and what it has saved after that. */
  async function saved(): Promise<void> {
    const source = await start([], 60_000);
    await eventually(
      'all is read',
      () => source.synced && source.objects.Secret.size > 0 && source.objects.ConfigMap.size > 0,
    );
    server.put(routes, route('last'));
    await eventually('it is saved', () => {
      const text = files().length > 0 ? gunzipSync(readFileSync(path())).toString() : '';
      return ['"last"', '"Secret"', '"ca.crt"'].every((part) => text.includes(part));
    });
    await end();
  }

  it('serves what was read last, says how old it is, and lets go of it when the server tells', async () => {
    await saved();
    await server.stop();
    const source = await start();
    await eventually('it has what was saved', () => source.synced);
    expect([...source.objects.LoomRoute.keys()].toSorted()).to.deep.equal(['shop/a', 'shop/b', 'shop/last']);
    expect(source.objects.Secret.get('shop/tls')?.data?.['tls.key']).to.equal('Yg==');
    expect(source.staleSince?.getTime()).to.be.within(Date.now() - 60_000, Date.now());
    expect(said('is served from the cache')).to.equal(true);
    const kept = source.objects.LoomRoute.get('shop/b');

    server.delete(routes, 'shop/a');
    server.put(routes, route('c'));
    await server.start();
    await eventually('it has heard', () => source.staleSince === undefined);
    expect([...source.objects.LoomRoute.keys()].toSorted()).to.deep.equal(['shop/b', 'shop/c', 'shop/last']);
    expect(source.objects.LoomRoute.get('shop/b'), 'what did not change is the same').to.equal(kept);
    expect([source.synced, source.objects.ConfigMap.has('shop/ca')]).to.deep.equal([true, true]);
    server.delete(secrets, 'shop/tls');
    await eventually('the Secret is gone', () => !source.objects.Secret.has('shop/tls'));
  });

  it('does not look at the file while the server answers', async () => {
    await saved();
    server.delete(routes, 'shop/a');
    const source = await start([], 60_000);
    await eventually('all is read', () => source.synced);
    expect([source.staleSince, source.objects.LoomRoute.has('shop/a')]).to.deep.equal([undefined, false]);
  });

  it('serves what was saved of changes and deletions after the first save', async () => {
    const source = await start([], 60_000);
    await eventually('all is read, and saved', () => source.synced && files().length > 0);
    server.put(routes, route('b', '/other'));
    server.delete(routes, 'shop/a');
    await eventually('that is saved', () => {
      const told = gunzipSync(readFileSync(path())).toString().split('\n');
      const ofA = told.findLast((line) => /"shop\/a"|"name":"a"/.test(line));
      return told.some((line) => line.includes('/other')) && !ofA?.includes('"name"');
    });
    await end();
    await server.stop();
    const again = await start();
    await eventually('it has what was saved', () => again.synced);
    expect([...again.objects.LoomRoute.keys()]).to.deep.equal(['shop/b']);
    expect(JSON.stringify(again.objects.LoomRoute.get('shop/b'))).to.include('/other');
  });

  it('serves what was saved before a save that a crash has cut', async () => {
    await saved();
    writeFileSync(path(), gzipSync('{"version":2').subarray(0, 20), { flag: 'a' });
    await server.stop();
    const source = await start();
    await eventually('it has what was saved', () => source.synced);
    expect([...source.objects.LoomRoute.keys()].toSorted()).to.deep.equal(['shop/a', 'shop/b', 'shop/last']);
    expect(said('is cut or damaged; what was saved before that counts')).to.equal(true);
  });

  const useless: Readonly<Record<string, () => void>> = {
    'is damaged': () => writeFileSync(path(), readFileSync(path()).subarray(0, 60), { mode: 0o600 }),
    'is no such file': () => writeFileSync(path(), 'rubbish', { mode: 0o600 }),
    'may be written by others': () => chmodSync(path(), 0o666),
  };
  for (const [title, spoil] of Object.entries(useless)) {
    it(`waits when what was saved ${title}`, async () => {
      await saved();
      spoil();
      await server.stop();
      const source = await start();
      await eventually('it is said', () => said('cannot be used'));
      expect([source.synced, source.objects.LoomRoute.size]).to.deep.equal([false, 0]);
      await server.start();
      await eventually('all is read', () => source.synced);
    });
  }

  it('has a file for each cluster and choice of namespaces, which nobody else may read', async () => {
    await saved();
    expect(statSync(path()).mode & 0o777).to.equal(0o600);
    const other = await start(['shop'], 60_000);
    await eventually('a second file', () => files().length === 2);
    expect(other.synced).to.equal(true);
  });
});
