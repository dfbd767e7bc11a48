import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { RedisServer, RedisTls } from '../../../src/model/settings.ts';
import { RedisBuckets } from '../../../src/upstream/redis/redis-buckets.ts';
import { redisBinary, startRedis, type RedisServer as Running } from '../../support/redis-server.ts';
import { freePort } from '../../support/free-port.ts';
import { makeTlsPair } from '../../support/tls-pair.ts';
import { eventually } from '../../support/wait.ts';

const hour = 3600e9;

const ask = async (
  buckets: RedisBuckets | undefined,
  key: string,
  capacity = hour,
): Promise<number | undefined> => buckets?.take(key, hour, capacity);

describe('RedisBuckets', () => {
  const binary = redisBinary();
  const running: Running[] = [];
  const opened: RedisBuckets[] = [];
  let folder = '';
  before(function () {
    if (!binary) this.skip();
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'loom-redis-'))));
  afterEach(async () => {
    for (const buckets of opened.splice(0)) buckets.close();
    for (const redis of running.splice(0)) await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const redis = async (...options: readonly string[]): Promise<Running> => {
    const server = await startRedis(binary ?? '', ...options);
    running.push(server);
    return server;
  };
  const at = (port: number, part: Partial<RedisServer> = {}): RedisServer => ({
    host: '127.0.0.1',
    port,
    username: '',
    passwordFile: '',
    database: 0,
    ...part,
  });
  const open = async (
    servers: readonly RedisServer[],
    timeoutMs = 5000,
  ): Promise<{ buckets: RedisBuckets; told: (string | undefined)[] }> => {
    const told: (string | undefined)[] = [];
    const buckets = new RedisBuckets(servers, timeoutMs, (_, problem) => told.push(problem));
    opened.push(buckets);
    return { buckets, told };
  };
  const up = async (servers: readonly RedisServer[], timeoutMs?: number) => {
    const made = await open(servers, timeoutMs);
    await eventually(
      'the link is up',
      () => made.told.filter((one) => one === undefined).length === servers.length,
    );
    return made;
  };

  describe('over TLS', () => {
    const [server, client, other] = [makeTlsPair(), makeTlsPair(), makeTlsPair()];
    let tls: RedisTls;
    let port = 0;
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    beforeEach(async () => {
      tls = { caFile: file('ca', server.cert), certFile: '', keyFile: '', serverName: 'localhost' };
      port = await freePort();
    });
    const encrypted = (...more: readonly string[]): Promise<Running> => {
      const own = ['--tls-cert-file', file('cert', server.cert), '--tls-key-file', file('key', server.key)];
      const clients = ['--tls-ca-cert-file', file('clients', client.cert)];
      return redis('--tls-port', String(port), ...own, ...clients, ...more);
    };

    it('logs in as the user that it is told', async () => {
      const users = '--user ann on >secret ~* &* +@all --user default off'.split(' ');
      await encrypted('--tls-auth-clients', 'no', ...users);
      const login = { username: 'ann', passwordFile: file('password', 'secret\n') };
      const { buckets } = await up([at(port, { tls, ...login })]);
      expect(await ask(buckets, 'a')).to.be.a('number');
    });

    it('shows a certificate of its own, where it is asked for one', async () => {
      await encrypted();
      const shown = { certFile: file('own', client.cert), keyFile: file('own-key', client.key) };
      const { buckets } = await up([at(port, { tls: { ...tls, ...shown } })]);
      expect(await ask(buckets, 'a')).to.be.a('number');
    });

    it('talks to nobody whose certificate is of another authority or for another name', async () => {
      await encrypted('--tls-auth-clients', 'no');
      for (const [wrong, reason] of [
        [{ caFile: file('other', other.cert) }, /self-signed certificate/],
        [{ serverName: 'redis.example' }, /redis\.example/],
        [{ caFile: join(folder, 'missing') }, /no such file/],
      ] as const) {
        const { told } = await open([at(port, { tls: { ...tls, ...wrong } })]);
        await eventually('it is told', () => told.length > 0);
        expect(told[0]).to.match(reason);
      }
    });
  });

  it('gives a bucket out to all who share it, once', async () => {
    const { port } = await redis();
    const replicas = [(await up([at(port)])).buckets, (await up([at(port)])).buckets];
    const outs = await Promise.all(
      Array.from({ length: 300 }, (_, i) => ask(replicas[i % 2], 'loom:limit:a', 100 * hour)),
    );
    expect(outs.filter((out) => out !== undefined && out >= 0)).to.have.length(100);
    for (const out of outs) if (out !== undefined && out < 0) expect(-out).to.be.within(1, hour);
    expect(await ask(replicas[0], 'loom:limit:b', 100 * hour)).to.equal(hour);
  });

  it('gives tokens back as time goes by, also where an interval is a fraction of a microsecond', async () => {
    const { port } = await redis();
    const { buckets } = await up([at(port)]);
    const interval = 1_333_333;
    const began = performance.now();
    let granted = 0;
    let ended = began;
    while (granted < 50) {
      const out = await buckets.take('loom:limit:a', interval, interval);
      ended = performance.now();
      // Of a link that is down it comes at once, without a round of the event loop in which the link could come up.
      if (out === undefined) await setImmediate();
      else if (out >= 0) granted++;
    }
    expect(((ended - began) * 1e6) / interval).to.be.at.least(49 - 1);
  });

  it('takes a token back', async () => {
    const { port } = await redis();
    const { buckets } = await up([at(port)]);
    const take = () => ask(buckets, 'loom:limit:a');
    expect(await take()).to.equal(hour);
    expect(await take()).to.be.below(0);
    buckets.giveBack('loom:limit:a', hour, hour);
    expect(await take()).to.be.within(hour - 60e9, hour);
  });

  it('shares keys out among servers', async () => {
    const servers = [await redis(), await redis()];
    const { buckets } = await up(servers.map(({ port }) => at(port)));
    const outs = await Promise.all(
      Array.from({ length: 64 }, (_, i) =>
        ask(buckets, `loom:limit:${String.fromCharCode(48 + i)}${String.fromCharCode(110 - i)}`),
      ),
    );
    expect(outs.every((out) => out === hour)).to.equal(true);
    await servers[1]?.stop();
    await eventually('only one answers', async () => {
      const later = await Promise.all(
        Array.from({ length: 64 }, (_, i) => ask(buckets, `${String.fromCharCode(200 + i)}${i}`)),
      );
      const answered = later.filter((out) => out !== undefined).length;
      return answered > 0 && answered < 64;
    });
  });

  it('asks nobody while Redis is gone, and goes on when it is back', async () => {
    const server = await redis();
    const { buckets, told } = await up([at(server.port)]);
    await server.stop();
    await eventually('it is away', () => told.length === 2);
    expect(buckets.take('loom:limit:a', hour, hour)).to.equal(undefined);
    running.push(await startRedis(binary ?? '', '--port', String(server.port)));
    await eventually('it is back', () => told.length === 3);
    expect(await ask(buckets, 'loom:limit:a')).to.equal(hour);
    expect(told.map((problem) => problem === undefined)).to.deep.equal([true, false, true]);
  });

  it('waits no longer than it may for a Redis that hangs, and then for none', async () => {
    const server = await redis();
    const { buckets, told } = await up([at(server.port)], 500);
    server.child.kill('SIGSTOP');
    const outs = await Promise.all([1, 2, 3].map(() => ask(buckets, 'loom:limit:a')));
    expect(outs).to.deep.equal([undefined, undefined, undefined]);
    expect(buckets.take('loom:limit:a', hour, hour)).to.equal(undefined);
    expect(told[1]).to.include('no answer in time');
    server.child.kill('SIGCONT');
    await eventually('it is back', () => told.length === 3);
    expect(await ask(buckets, 'loom:limit:b')).to.equal(hour);
  });

  it('reads the password for each connection, and says when it is wrong', async () => {
    const server = await redis('--requirepass', 'right');
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'wrong\n');
    const { buckets, told } = await open([at(server.port, { passwordFile })]);
    await eventually('it is refused', () => told.length === 1);
    expect(told[0]).to.include('WRONGPASS');
    writeFileSync(passwordFile, 'right\n');
    await eventually('it is up', () => told.length === 2);
    expect(await ask(buckets, 'loom:limit:a')).to.equal(hour);
  });

  it('says when the password cannot be read', async () => {
    const { told } = await open([at(1, { passwordFile: join(folder, 'none') })]);
    expect(told[0]).to.include('ENOENT');
  });
});
