import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { pluginModules } from '../../hack/plugins/build.ts';
import { startBackend, type Backend } from '../support/backend.ts';
import { redisBinary, startRedis, type RedisServer } from '../support/redis-server.ts';
import { eventually } from '../support/wait.ts';
import { startWorld, type World } from '../support/world.ts';

const chat = '/v1/chat/completions';
const redisAt = { service_name: 'redis.static', service_port: 6379, timeout: 5000 };

/** All members of sorted sets: gpustack-lb has one for each request that runs. */
const members = `
local sum = 0
for _, key in ipairs(redis.call('KEYS', '*')) do
  if redis.call('TYPE', key).ok == 'zset' then sum = sum + redis.call('ZCARD', key) end
end
return sum`;

/** Envoy knows no calls to Redis and does not load these two; so what they do is compared with what they are for. */
describe('plugins of Higress that count in Redis', function () {
  // Each test compiles some megabytes of Go.
  this.timeout(120_000);
  const binary = redisBinary();
  let modules: ReadonlyMap<string, string>;
  let redis: RedisServer;
  let backend: Backend;
  const worlds: World[] = [];
  /** The clusters that requests were steered to, as the upstream was told. */
  let steered: (string | undefined)[];
  let held: (() => void)[];

  before(async function () {
    if (!binary) this.skip();
    // Built or fetched on first use.
    this.timeout(300_000);
    modules = await pluginModules();
  });
  beforeEach(async () => {
    [steered, held] = [[], []];
    redis = await startRedis(binary ?? '');
    backend = await startBackend((request, response) => {
      steered.push(request.headers['x-higress-target-cluster'] as string | undefined);
      if (request.headers['x-hold'] === undefined) response.end('{}');
      else held.push(() => response.end('{}'));
    });
  });
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.stop();
    await backend.close();
    await redis.stop();
  });

  /** Loom with a chain of plugins in front of the upstream. */
  async function loom(...chain: readonly (readonly [string, object])[]): Promise<World> {
    const world = await startWorld(
      stringify({
        workers: 2,
        routes: [{ id: 'all', path: '/*', upstream: 'backend', plugins: chain.map((_, i) => `p${i}`) }],
        upstreams: [
          { name: 'backend', endpoints: [`127.0.0.1:${backend.port}`] },
          { name: 'redis', endpoints: [`127.0.0.1:${redis.port}`] },
        ],
        plugins: chain.map(([module, config], i) => ({
          name: `p${i}`,
          path: modules.get(module),
          config,
          priority: -i,
          capabilities: { allow: ['All'], upstreams: ['redis'] },
          limits: { callbackCpu: '20s', requestCpu: '20s', startCpu: '60s', memoryMiB: 256 },
        })),
      }),
    );
    worlds.push(world);
    return world;
  }

  const ask = (world: World, headers: Record<string, string>): Promise<Response> =>
    fetch(`${world.url}${chat}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close', ...headers },
      body: '{"model":"small","messages":[]}',
    });

  /** How many requests run, as Redis has it. */
  async function running(): Promise<number> {
    const socket = connect(redis.port, '127.0.0.1');
    const words = ['EVAL', members, '0'].map((word) => `$${word.length}\r\n${word}\r\n`);
    socket.write(`*${words.length}\r\n${words.join('')}`);
    const [reply] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return Number(reply.subarray(1));
  }
  // A place is given back behind the end of the exchange.
  const idle = (): Promise<boolean> => eventually('nothing runs', async () => (await running()) === 0);

  it('gpustack-rate-limit: what one replica has let pass counts in the other', async () => {
    const limit = [
      'gpustack-rate-limit',
      {
        rule_name: 'chat',
        redis: redisAt,
        limit_combinations: [
          {
            name: 'ann',
            query_limits: { per_hour: 3 },
            match: [{ source: 'consumer', type: 'exact', value: 'ann' }],
          },
        ],
      },
    ] as const;
    const [one, other] = [await loom(limit), await loom(limit)];
    const statuses: number[] = [];
    for (const world of [one, other, one, other, one])
      statuses.push((await ask(world, { 'x-mse-consumer': 'ann' })).status);
    expect(statuses).to.deep.equal([200, 200, 200, 429, 429]);
    expect((await ask(one, { 'x-mse-consumer': 'bob' })).status).to.equal(200);
    expect(await (await ask(other, { 'x-mse-consumer': 'ann' })).text()).to.include('rate_limit_exceeded');
  });

  it('gpustack-lb: steers a session to one instance, and past one that is full', async () => {
    const names = ['one', 'two'].map((name) => `outbound|80||${name}.static`);
    const world = await loom(
      [
        'gpustack-lb',
        {
          mode: 'context',
          redis: redisAt,
          enableOnPathSuffix: [chat],
          candidates: names.map((cluster) => ({ cluster, maxRunningRequests: 1 })),
        },
      ],
      [
        'gpustack-lb-session-affinity',
        { sessionKeys: [{ header: 'x-session' }], enableOnPathSuffix: [chat] },
      ],
      ['gpustack-lb-least-load', { enableOnPathSuffix: [chat] }],
      ['gpustack-lb', { mode: 'finisher', redis: redisAt, enableOnPathSuffix: [chat] }],
    );
    const session = { 'x-session': 'ann' };
    for (let i = 0; i < 6; i++) {
      await ask(world, session);
      await idle();
    }
    const [first] = steered;
    expect(names).to.include(first);
    expect(steered).to.deep.equal(Array.from({ length: 6 }, () => first));
    const [second] = names.filter((name) => name !== first);
    const waiting: Promise<Response>[] = [];
    for (const target of [first, second]) {
      waiting.push(ask(world, { ...session, 'x-hold': '1' }));
      await eventually('the upstream has the request', () => held.length === waiting.length);
      expect(steered.at(-1)).to.equal(target);
    }
    expect(await running()).to.equal(2);
    const refused = await ask(world, session);
    expect([refused.status, await refused.text()]).to.deep.equal([
      429,
      '{"error":{"code":429,"message":"max inflight requests reached, please retry later","type":"max_inflight"}}',
    ]);
    for (const answer of held) answer();
    expect((await Promise.all(waiting)).map(({ status }) => status)).to.deep.equal([200, 200]);
    await idle();
    await ask(world, session);
    expect(steered.at(-1)).to.equal(first);
  });
});
