import { safePaths } from '../../src/http/path.ts';
import { makeBuckets } from '../../src/middleware/rate-limit/bucket-table.ts';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { makeLedger, SharedState } from '../../src/balance/shared.ts';
import type { LogLevel } from '../../src/model/settings.ts';
import { emptyModel, type PlacedModel } from '../../src/runtime/delta.ts';
import type { PlacedEndpoint } from '../../src/runtime/messages.ts';
import type { ListenerSettings } from '../../src/model/settings.ts';
import { Workers } from '../../src/runtime/workers.ts';
import { makeLogger } from '../../src/telemetry/log.ts';
import { PluginMemories } from '../../src/wasm/shared/plugin-memories.ts';
import { makeRoster } from '../../src/wasm/shared/roster.ts';
import { makeEpochs } from '../../src/wasm/vm/budget/epoch.ts';
import { forwarding, upstream } from '../compile/world.ts';
import { match } from '../support/requests.ts';
import { eventually } from '../support/wait.ts';
import { loadedPlugin } from '../wasm/world.ts';
import { freePort } from '../support/free-port.ts';

const level: LogLevel = 'silent';
const entry = new URL('../../src/app/worker.ts', import.meta.url);
const limits = {
  maxRequestBodyBytes: 0,
  maxHeaderBytes: 65_536,
  maxHeaders: 1000,
  paths: safePaths,
  halfClose: false,
  headerTimeoutMs: 10_000,
  keepAliveMs: 60_000,
  clientIdleMs: 60_000,
  tunnelIdleMs: 0,
  http2MaxStreams: 128,
  http2ResetsPerSecond: 100,
  http2OverheadBytesPerSecond: 16_384,
};

function startWorkers(
  listeners: readonly ListenerSettings[],
  lost: () => void = () => {},
  shared = new SharedState(),
): Workers {
  const data = {
    shared: shared.buffer,
    roster: makeRoster(2),
    epochs: makeEpochs(2),
    buckets: makeBuckets(1000),
    rateLimits: { maxKeys: 1000, redis: [], redisTimeoutMs: 50 },
    listeners,
    limits,
    accessLog: false as const,
    logLevel: level,
    trustedProxies: [],
    trustedHops: 0,
  };
  const workers = new Workers(entry, data, makeLogger(level), { make: makeLedger, lost });
  workers.start(2);
  return workers;
}

const rule = {
  name: 'main',
  matches: [match()],
  action: { type: 'respond' as const },
  plugins: [],
  timeouts: { requestMs: 0, responseMs: 0, idleMs: 0 },
  middleware: { directResponse: { status: 200, contentType: 'text/plain', body: 'pong' } },
};
const ping = { id: 'ping', created: '', hosts: [], rules: [rule] };
const pong = { ...emptyModel, routes: new Map([['ping', ping]]) };

describe('data workers', () => {
  it('replaces a worker that ends, and gives the new one the whole configuration', async () => {
    const port = await freePort();
    let restarts = 0;
    const workers = startWorkers(
      [{ name: 'http', host: '127.0.0.1', port, protocol: 'http' }],
      () => restarts++,
    );
    const { revision } = await workers.apply(pong);
    await workers.live[0]?.terminate();
    await eventually('two serve again', () => workers.size === 2 && workers.programmed === revision);
    expect(restarts).to.equal(1);
    for (let i = 0; i < 20; i++) {
      const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
      expect(await response.text()).to.equal('pong');
    }
    await workers.close();
  });

  it('sends the next request to endpoints that have just come, also while a revision with older ones is on its way', async () => {
    const port = await freePort();
    const shared = new SharedState();
    const listeners: readonly ListenerSettings[] = [
      { name: 'http', host: '127.0.0.1', port, protocol: 'http' },
    ];
    const workers = startWorkers(listeners, undefined, shared);
    const backends = await Promise.all(
      ['a', 'b'].map(async (name) => {
        const server = createServer((_, response) => response.end(name)).listen(0, '127.0.0.1');
        await once(server, 'listening');
        return { name, server, port: (server.address() as AddressInfo).port };
      }),
    );
    const at = (i: number): readonly PlacedEndpoint[] => [
      { address: '127.0.0.1', port: backends[i]?.port ?? 0, weight: 1, slot: i },
    ];
    const routed = (n: number): PlacedModel => ({
      ...emptyModel,
      routes: new Map([['u', { ...ping, id: 'u', rules: [{ ...rule, ...forwarding('u'), name: `r${n}` }] }]]),
      upstreams: new Map([['u', upstream('u', 0)]]),
      endpoints: new Map([['u', at(n % 2)]]),
    });
    await workers.apply(routed(0));
    for (let n = 1; n < 21; n++) {
      const applied = n % 2 === 0 ? workers.apply(routed(n)) : undefined;
      const newest = (n + 1) % 2;
      workers.setEndpoints([{ upstream: 'u', endpoints: at(newest) }], new Map([['u', at(newest)]]));
      shared.touch(0);
      await applied;
      const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
      expect(await response.text(), `change ${n}`).to.equal(backends[newest]?.name);
    }
    await workers.close();
    for (const { server } of backends) server.close();
  });

  it('has endpoints taken within some seconds where there are no requests', async () => {
    const workers = startWorkers([]);
    await workers.apply(emptyModel);
    workers.setEndpoints([{ upstream: 'u', endpoints: [] }], new Map([['u', []]]));
    expect(workers.live.map(({ hasUnread }) => hasUnread)).to.deep.equal([true, true]);
    await eventually('both have read it', () => workers.live.every(({ hasUnread }) => !hasUnread));
    await workers.close();
  });

  it('goes on serving on the others while one is away', async () => {
    const port = await freePort();
    const workers = startWorkers([{ name: 'http', host: '127.0.0.1', port, protocol: 'http' }]);
    await workers.apply(pong);
    await workers.live[1]?.terminate();
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
    expect(await response.text()).to.equal('pong');
    await eventually('two serve again', () => workers.size === 2);
    await workers.close();
  });

  it('sets the level of the log in all, in the plugins there, and in the one that replaces another', async () => {
    const port = await freePort();
    const workers = startWorkers([{ name: 'http', host: '127.0.0.1', port, protocol: 'http' }]);
    const plugin = await loadedPlugin('shared-state', { config: 'level' });
    const plugins = new PluginMemories().attach(new Map([[plugin.id, plugin]]));
    const asking = { ...ping, rules: [{ ...rule, plugins: [{ plugin: plugin.id }] }] };
    const { revision } = await workers.apply({ ...pong, plugins, routes: new Map([['ping', asking]]) });
    /** Each connection is of another worker, by chance: both are among so many. */
    const levels = async (): Promise<string> => {
      const seen = new Set<string>();
      for (let i = 0; i < 32; i++) {
        const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
        seen.add(await response.text());
      }
      return [...seen].join();
    };
    expect(await levels()).to.equal('5');
    workers.setLogLevel('error');
    await eventually('both have it', async () => (await levels()) === '4');
    await workers.live[0]?.terminate();
    await eventually('two serve again', () => workers.size === 2 && workers.programmed === revision);
    expect(await levels()).to.equal('4');
    await workers.close();
  });

  it('says which listener cannot be bound, and why', async () => {
    const workers = startWorkers([{ name: 'public', host: '192.0.2.1', port: 1, protocol: 'http' }]);
    void workers.apply(emptyModel);
    const message = await workers.listening.catch((error: unknown) => (error as Error).message);
    await workers.close();
    expect(message)
      .to.match(/public/)
      .and.match(/192\.0\.2\.1:1/)
      .and.match(/EADDRNOTAVAIL/);
  });

  it('leaves no thread behind', async () => {
    const threads = (): number => readdirSync('/proc/self/task').length;
    const workers = startWorkers([]);
    const during = threads();
    await workers.close();
    await eventually('the threads are gone', () => threads() < during);
    expect(readFileSync('/proc/self/status', 'utf8')).to.include('Threads:');
  });
});
