import { expect } from 'chai';
import { redisBinary, startRedis, type RedisServer } from '../support/redis-server.ts';
import { eventually } from '../support/wait.ts';
import { bothSources } from '../support/world.ts';

bothSources('rate limits of replicas', (start) => {
  const binary = redisBinary();
  let redis: RedisServer | undefined;
  before(function () {
    if (!binary) this.skip();
  });
  afterEach(async () => {
    await redis?.stop();
  });

  it('hold for all replicas together, and for each alone while Redis is away', async () => {
    redis = await startRedis(binary ?? '');
    const config = `
rate_limits: { redis: { addresses: ["127.0.0.1:${redis.port}"], timeout: 5s } }
routes:
  - id: all
    path: /*
    direct_response: { status: 200 }
    rate_limits: { replicas: { requests: 40, per: 1h, scope: global } }
`;
    const worlds = [await start(config), await start(config)];
    for (const world of worlds)
      await eventually(
        'every worker shares',
        () => world.log.filter(({ msg }) => msg === 'rate limits are shared in Redis').length === 2,
      );
    const ask = async (i: number): Promise<number> =>
      (await fetch(`${worlds[i % 2]?.url}/`, { headers: { connection: 'close' } })).status;
    const statuses = await Promise.all(Array.from({ length: 60 }, (_, i) => ask(i)));
    expect(statuses.filter((status) => status === 200)).to.have.length(40);
    await redis.stop();
    for (const world of worlds)
      await eventually(
        'every worker knows',
        () =>
          world.log.filter(({ msg }) => msg === 'Redis is away; shared rate limits fall back').length === 2,
      );
    const alone = await Promise.all(Array.from({ length: 100 }, (_, i) => ask(i)));
    expect(alone.filter((status) => status === 200)).to.have.length(80);
    const metrics = await (await fetch(`${worlds[0]?.admin}/metrics`)).text();
    expect(metrics).to.match(/middleware="rateLimits",outcome="fallback"\} 50\n/);
  });
});
