import { expect } from 'chai';
import { redisBinary, startRedis, type RedisServer } from '../../support/redis-server.ts';
import { eventually } from '../../support/wait.ts';
import { askHttp1, type Seen } from './clients.ts';
import { Loom } from './loom.ts';

describe('Redis, which replicas share rate limits in', () => {
  const binary = redisBinary();
  let redis: RedisServer | undefined;
  let loom: Loom | undefined;
  before(async function () {
    if (!binary) return this.skip();
    redis = await startRedis(binary);
    loom = new Loom(`
rate_limits: { redis: { addresses: ["127.0.0.1:${redis.port}"], timeout: 300ms } }
routes:
  - id: all
    path: /*
    direct_response: { status: 200 }
    rate_limits: { shared: { requests: 100000, per: 1h, scope: global } }
`);
    await loom.start();
    await shared(2);
  });
  after(async () => {
    await loom?.remove();
    await redis?.stop();
  });

  const count = (message: string): number => loom?.log().filter(({ msg }) => msg === message).length ?? 0;
  /** Each worker has said so that often. */
  const shared = (times: number): Promise<boolean> =>
    eventually('every worker shares', () => count('rate limits are shared in Redis') >= times, 60);
  const fallBack = (times: number): Promise<boolean> =>
    eventually('every worker knows', () => count('Redis is away; shared rate limits fall back') >= times, 60);
  const burst = (): Promise<Seen[]> => Promise.all(Array.from({ length: 40 }, () => askHttp1()('/')));

  it('hangs: requests wait for its time limit once, then no more, and are answered', async () => {
    redis?.child.kill('SIGSTOP');
    const first = await burst();
    expect(first.map(({ status }) => status)).to.deep.equal(first.map(() => 200));
    expect(Math.max(...first.map(({ ms }) => ms))).to.be.within(290, 300 + 10_000);
    await fallBack(2);
    const later = await burst();
    expect(later.map(({ status }) => status)).to.deep.equal(later.map(() => 200));
    redis?.child.kill('SIGCONT');
    await shared(4);
  });

  it('is killed: requests are answered, and limits are shared again when it is back', async () => {
    const { port = 0 } = redis ?? {};
    await redis?.stop();
    const seen = await burst();
    expect(seen.map(({ status }) => status)).to.deep.equal(seen.map(() => 200));
    await fallBack(4);
    redis = await startRedis(binary ?? '', '--port', String(port));
    await shared(6);
    expect((await burst()).every(({ status }) => status === 200)).to.equal(true);
  });
});
