import { expect } from 'chai';
import type { KubeObject } from '../../src/api/core.ts';
import { Client } from '../../src/sources/kube/client.ts';
import {
  reflect,
  reflectorTiming,
  type ReflectorTiming,
  type Sink,
} from '../../src/sources/kube/reflector.ts';
import { KubeServer } from '../support/kube-server.ts';
import { eventually } from '../support/wait.ts';

const path = '/api/v1/services';
const named = (name: string): object => ({ metadata: { namespace: 'shop', name } });
const quick: ReflectorTiming = {
  ...reflectorTiming,
  backoff: { minMs: 20, maxMs: 200 },
  steadyMs: 100,
  absentMs: 50,
};

describe('a reflector', () => {
  let server: KubeServer;
  let client: Client;
  let stop: AbortController;
  let running: Promise<void>;
  let names: Set<string>;
  let errors: string[];
  let firsts: number;
  let opens: number;
  let replaced: number;

  beforeEach(async () => {
    server = await new KubeServer().start();
    client = new Client({
      server: server.url,
      origin: 'test',
      read: () => Promise.resolve({ headers: {}, tls: {} }),
    });
    stop = new AbortController();
    running = Promise.resolve();
    names = new Set();
    errors = [];
    firsts = opens = replaced = 0;
  });
  afterEach(async () => {
    stop.abort();
    await running;
    expect(await eventually('no watch is open', () => server.watches.length === 0)).to.equal(true);
    await client.close();
    await server.stop();
  });

  function start(timing: Partial<ReflectorTiming> = {}, sink: Partial<Sink> = {}, optional = false): void {
    const nameOf = ({ metadata }: KubeObject): string => metadata.name;
    running = reflect(
      {
        list: (signal) => client.list(path, {}, signal),
        watch: (query, watcher, signal) => client.watch(path, query, watcher, signal),
      },
      {
        replace: (all) => {
          names = new Set(all.map(nameOf));
          replaced++;
        },
        apply: (object) => names.add(nameOf(object)),
        delete: (object) => names.delete(nameOf(object)),
        ...sink,
      },
      {
        up: (open) => (opens += open ? 1 : -1),
        listed: (isFirst) => (firsts += isFirst ? 1 : 0),
        event: () => undefined,
        failed: (error) => errors.push((error as Error).message),
      },
      stop.signal,
      { optional, timing: { ...quick, ...timing } },
    );
  }
  const has = (...wanted: string[]): Promise<unknown> =>
    eventually(`has ${wanted.join()}`, () => [...names].toSorted().join() === wanted.join());
  const watching = (count = 1): Promise<unknown> =>
    eventually(
      `${count} watches asked for, the last one open`,
      () => opens === 1 && server.watchRequests.length >= count,
    );
  /** A moment later than `idle` ms, told by the server's clock and not by sleeping through the work of others. */
  const settled = async (ms: number): Promise<void> => {
    const from = performance.now();
    await eventually('some time', () => performance.now() - from > ms);
  };

  it('lists, then follows additions, changes and deletions', async () => {
    server.put(path, named('a'));
    start();
    await has('a');
    await watching();
    server.put(path, named('b'));
    await has('a', 'b');
    server.delete(path, 'shop/a');
    await has('b');
    expect(server.lists.length).to.equal(1);
    expect(firsts).to.equal(1);
    expect(server.watches[0]?.query).to.include({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '101',
    });
    expect(Number(server.watches[0]?.query['timeoutSeconds'])).to.be.within(261, 319);
  });

  it('reads all pages', async () => {
    server.pageSize = 2;
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.put(path, named(name));
    start();
    await has('a', 'b', 'c', 'd', 'e');
    expect(server.lists.map(({ query }) => query['continue'])).to.deep.equal([undefined, '2', '4']);
    expect(server.lists[0]?.query['limit']).to.equal('500');
  });

  it('reads everything in one piece when its pages expire', async () => {
    server.pageSize = 2;
    for (const name of ['a', 'b', 'c']) server.put(path, named(name));
    server.fault = ({ query }) =>
      query['continue'] ? { status: 410, body: { code: 410, reason: 'Expired' } } : undefined;
    start();
    await has('a', 'b', 'c');
    expect(server.lists.map(({ query }) => [query['limit'], query['continue']])).to.deep.equal([
      ['500', undefined],
      ['500', '2'],
      [undefined, undefined],
    ]);
    expect(errors).to.deep.equal([]);
  });

  it('resumes after a reset connection without a list, and sees what happened meanwhile', async () => {
    server.put(path, named('a'));
    start();
    await watching();
    server.put(path, named('b'));
    await has('a', 'b');
    const version = server.object(path, 'shop/b')?.metadata.resourceVersion;
    server.resetWatches();
    server.put(path, named('c'));
    await has('a', 'b', 'c');
    expect(server.lists.length).to.equal(1);
    expect(server.watchRequests[1]?.query['resourceVersion']).to.equal(version);
    expect(errors.length).to.equal(1);
  });

  it('resumes from the version of the last bookmark', async () => {
    server.put(path, named('a'));
    start();
    await watching();
    server.bookmark();
    await settled(quick.steadyMs);
    server.endWatches();
    await watching(2);
    expect(server.watchRequests[1]?.query['resourceVersion']).to.equal('102');
    expect(errors).to.deep.equal([]);
  });

  for (const status of [429, 500, 503]) {
    it(`waits as long as Retry-After of a ${status} at list says`, async () => {
      server.put(path, named('a'));
      server.fault = () => ({ status, headers: { 'retry-after': '1' } });
      start();
      await eventually('a refusal', () => errors.length === 1);
      const refused = performance.now();
      server.fault = () => undefined;
      await has('a');
      expect(performance.now() - refused).to.be.greaterThan(900);
      expect(server.lists.length).to.equal(2);
      expect(firsts).to.equal(1);
    });

    it(`waits as long as Retry-After of a ${status} at watch says, and does not list again`, async () => {
      server.put(path, named('a'));
      server.fault = ({ isWatch }) => (isWatch ? { status, headers: { 'retry-after': '1' } } : undefined);
      start();
      await eventually('a refusal', () => errors.length === 1);
      const refused = performance.now();
      server.fault = () => undefined;
      server.put(path, named('b'));
      await has('a', 'b');
      expect(performance.now() - refused).to.be.greaterThan(900);
      expect(server.lists.length).to.equal(1);
    });
  }

  it('lists again when the server was away and is at an older version, as after a restored backup', async () => {
    server.put(path, named('a'));
    running = reflect(
      {
        list: (signal) => client.list(path, {}, signal),
        watch: (query, watcher, signal) => client.watch(path, query, watcher, signal),
        newest: () => Promise.resolve('7'),
      },
      {
        replace: (all) => (names = new Set(all.map(({ metadata }) => metadata.name))),
        apply: ({ metadata }) => names.add(metadata.name),
        delete: ({ metadata }) => names.delete(metadata.name),
      },
      { up: () => undefined, listed: () => replaced++, event: () => undefined, failed: () => undefined },
      stop.signal,
      { timing: quick },
    );
    await eventually('the watch', () => server.watches.length === 1);
    server.resetWatches();
    await eventually('another list', () => replaced === 2);
    await eventually('the watch again', () => server.watches.length === 1);
  });

  it('lists again when the server has never heard of its version, as after a restored backup', async () => {
    server.put(path, named('a'));
    start();
    await watching();
    const lists = server.lists.length;
    const body = {
      code: 504,
      reason: 'Timeout',
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
    };
    server.fault = ({ isWatch }) => (isWatch ? { status: 504, body } : undefined);
    server.resetWatches();
    server.put(path, named('b'));
    await eventually('another list', () => server.lists.length > lists && names.has('b'));
    server.fault = () => undefined;
    await watching();
  });

  it('lists again after 410 in a stream that stays open, in one step', async () => {
    server.put(path, named('a'));
    server.put(path, named('b'));
    start();
    await watching();
    server.fault = ({ isWatch }) => (isWatch ? undefined : { status: 500 });
    server.write('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n');
    await eventually('a failed list', () => errors.length >= 2);
    server.delete(path, 'shop/a');
    server.put(path, named('c'));
    expect([...names]).to.deep.equal(['a', 'b']);
    server.fault = () => undefined;
    await has('b', 'c');
    expect(replaced).to.equal(2);
    expect(firsts).to.equal(1);
  });

  it('resumes without a list after another ERROR in the stream', async () => {
    start();
    await watching();
    server.write('{"type":"ERROR","object":{"kind":"Status","code":500,"message":"etcd"}}\n');
    await watching(2);
    expect(server.lists.length).to.equal(1);
    expect(errors[0]).to.match(/etcd/);
  });

  it('lists again when the server has forgotten the version', async () => {
    server.put(path, named('a'));
    start();
    await watching();
    server.fault = ({ isWatch }) => (isWatch ? { status: 503 } : undefined);
    server.resetWatches();
    server.delete(path, 'shop/a');
    server.put(path, named('b'));
    server.compact();
    server.fault = () => undefined;
    await has('b');
    expect(server.lists.length).to.equal(2);
  });

  for (const [what, line] of [
    ['a truncated line', '{"type":"ADDED","object":{"meta\n'],
    ['a line that is no event', '{"items":[]}\n'],
    ['an unknown type', '{"type":"HELLO","object":{"metadata":{"name":"x","resourceVersion":"7"}}}\n'],
    ['an object without a version', '{"type":"ADDED","object":{"metadata":{"name":"x"}}}\n'],
  ] as const) {
    it(`counts ${what}, and lists again`, async () => {
      server.put(path, named('a'));
      start();
      await watching();
      server.write(line);
      await eventually('another list', () => replaced === 2);
      expect(errors[0]).to.match(/^unreadable watch event/);
      expect([...names]).to.deep.equal(['a']);
    });
  }

  it('lists again when a stream ends in the middle of a line', async () => {
    start();
    await watching();
    server.write('{"type":"ADDED","obj');
    server.endWatches();
    await eventually('another list', () => replaced === 2);
    expect(errors[0]).to.match(/^unreadable watch event/);
  });

  it('resumes at once, without a list or an error, when the server is silent', async () => {
    server.put(path, named('a'));
    start({ idleMs: 120 });
    await watching(3);
    server.put(path, named('b'));
    await has('a', 'b');
    expect(server.lists.length).to.equal(1);
    expect(errors).to.deep.equal([]);
  });

  it('is not disturbed by handlers that throw', async () => {
    server.put(path, named('a'));
    const seen: string[] = [];
    start(
      {},
      {
        replace: () => {
          throw new Error('no list for me');
        },
        apply: ({ metadata }) => {
          seen.push(metadata.name);
          throw new Error('no event for me');
        },
      },
    );
    await watching();
    server.put(path, named('b'));
    server.put(path, named('c'));
    await eventually('both events', () => seen.join() === 'b,c');
    expect(server.watchRequests.length).to.equal(1);
    expect(errors).to.deep.equal(['no list for me', 'no event for me', 'no event for me']);
  });

  it('does not spin when every watch is closed at once', async () => {
    start({ backoff: { minMs: 100, maxMs: 400 }, steadyMs: 1000 });
    await watching();
    const from = performance.now();
    await eventually('a second of closing', () => {
      server.endWatches();
      return performance.now() - from > 1000;
    });
    expect(server.watchRequests.length).to.be.within(3, 12);
    expect(server.lists.length).to.equal(1);
  });

  it('does not spin when every watch brings an event and is closed', async () => {
    start({ backoff: { minMs: 100, maxMs: 400 }, steadyMs: 1000 });
    await watching();
    const from = performance.now();
    await eventually('a second of closing', () => {
      if (server.watches.length > 0) server.put(path, named('a'));
      server.endWatches();
      return performance.now() - from > 1000;
    });
    expect(server.watchRequests.length).to.be.within(3, 12);
  });

  it('is back soon when a server that was away for long goes away again', async () => {
    start({ backoff: { minMs: 20, maxMs: 60_000 }, steadyMs: 10_000 });
    await watching();
    await server.stop();
    await eventually('failures', () => errors.length >= 6);
    await server.start();
    await watching(2);
    const before = performance.now();
    server.resetWatches();
    await watching(3);
    expect(performance.now() - before).to.be.lessThan(400);
  });

  it('opens nothing after it was told to end during a list', async () => {
    server.fault = ({ isWatch }) => (isWatch ? undefined : 'silence');
    start();
    await eventually('a list', () => server.lists.length === 1);
    stop.abort();
    await running;
    expect(server.watchRequests.length).to.equal(0);
    expect(errors).to.deep.equal([]);
    expect(replaced).to.equal(0);
    // The server never answers the list; its connection must be gone, or the server could not be closed.
  });

  it('ends at once while it waits after a failure', async () => {
    server.fault = () => ({ status: 503, headers: { 'retry-after': '60' } });
    start();
    await eventually('a refusal', () => errors.length === 1);
    stop.abort();
    const before = performance.now();
    await running;
    expect(performance.now() - before).to.be.lessThan(500);
  });

  it('keeps everything while the server is away, and catches up when it is back', async () => {
    server.put(path, named('a'));
    server.put(path, named('b'));
    start();
    await watching();
    await server.stop();
    await eventually('failures', () => errors.length >= 3);
    expect([...names]).to.deep.equal(['a', 'b']);
    server.delete(path, 'shop/a');
    await server.start();
    await has('b');
    expect(server.lists.length).to.equal(1);
  });

  it('takes duplicate events as they are', async () => {
    server.put(path, named('a'));
    start();
    await watching();
    const object = server.object(path, 'shop/a');
    for (const type of ['ADDED', 'ADDED', 'MODIFIED', 'DELETED', 'DELETED', 'ADDED']) {
      server.write(`${JSON.stringify({ type, object })}\n`);
    }
    server.put(path, named('b'));
    await has('a', 'b');
    expect(errors).to.deep.equal([]);
  });

  it('lists again from time to time when asked to', async () => {
    server.put(path, named('a'));
    start({ relistMs: 150 });
    await eventually('three lists', () => replaced === 3);
    expect(errors).to.deep.equal([]);
    expect(firsts).to.equal(1);
  });

  describe('of an API that need not exist', () => {
    const missing = { status: 404, body: { code: 404, reason: 'NotFound' } };

    it('is read when the API is absent, and follows when it comes', async () => {
      server.fault = () => missing;
      start({}, {}, true);
      await eventually('read', () => firsts === 1);
      server.put(path, named('a'));
      server.fault = () => undefined;
      await has('a');
      expect(errors).to.deep.equal([]);
      expect(firsts).to.equal(1);
    });

    it('drops what it held when the API has gone, but not for one 404', async () => {
      server.put(path, named('a'));
      start({}, {}, true);
      await watching();
      server.fault = ({ isWatch }) => (isWatch ? missing : undefined);
      server.resetWatches();
      await eventually('a second list', () => replaced >= 2);
      expect([...names]).to.deep.equal(['a']);
      server.fault = () => missing;
      await has();
    });
  });

  it('goes on asking for an API that must exist', async () => {
    server.fault = () => ({ status: 404 });
    start();
    await eventually('failures', () => errors.length >= 3);
    expect(firsts).to.equal(0);
    server.fault = () => undefined;
    await eventually('read', () => firsts === 1);
  });
});
