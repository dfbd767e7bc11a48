import { expect } from 'chai';
import { redisBinary, startRedis, type RedisServer } from '../../support/redis-server.ts';
import { eventually } from '../../support/wait.ts';
import { callWorld, through, type CallWorld } from './world.ts';
import { freePort } from '../../support/free-port.ts';

const binary = redisBinary();

(binary ? describe : describe.skip)('Redis calls of plugins', () => {
  let redis: RedisServer;
  let world: CallWorld;

  before(async () => {
    redis = await startRedis(binary ?? '', '--requirepass', 'secret');
  });
  after(() => redis.stop());
  beforeEach(async () => {
    world = await callWorld(['shop/redis']);
    world.upstream('shop/redis', [redis.port]);
  });
  afterEach(() => world.close());

  const init = 'configure redis_init redis 30000 default secret';

  it('hands replies over as they are, in the order of the calls', async () => {
    world.stage(
      init,
      'configure redis redis SET greeting hello',
      'configure redis redis GET greeting',
      'configure redis redis GET nothing',
      'configure redis redis INCR greeting',
      'configure redis redis MGET greeting nothing',
    );
    const heard = await world.hears('redis_response 0 *');
    expect(heard.slice(0, 2)).to.deep.equal(['redis_init 0', 'redis 0 3']);
    expect(heard.filter((line) => line.startsWith('redis_response'))).to.deep.equal([
      'redis_response 0 +OK\r\n',
      'redis_response 0 $5\r\nhello\r\n',
      'redis_response 0 $-1\r\n',
      'redis_response 0 -ERR value is not an integer or out of range\r\n',
      'redis_response 0 *2\r\n$5\r\nhello\r\n$-1\r\n',
    ]);
    expect(world.calls).to.deep.equal(Array.from({ length: 5 }, () => 'shop/p shop/redis ok'));
  });

  it('knows the names and settings of Higress: its cluster, a database, and a call without them', async () => {
    const cluster = 'outbound|6379||redis.static';
    world.stage(
      `configure redis_init ${cluster}?db=3&buffer_flush_timeout=3 30000 default secret`,
      `configure redis ${cluster} SET where three`,
    );
    await world.hears('redis_response 0 +OK');
    world.stage(init, 'configure redis redis GET where', 'redis_response redis redis SELECT 3');
    const heard = await world.hears('redis 2 0');
    expect(heard).to.include('redis_response 0 $-1\r\n');
  });

  it('hands over large replies whole', async () => {
    world.stage(
      init,
      'configure redis redis SETRANGE large 3000000 x',
      'configure redis redis GET large',
      'configure redis redis SET small yes',
    );
    await world.hears('redis_response 0 3000013 bytes');
    await world.hears('redis_response 0 +OK');
  });

  it('fails calls where the login is refused, and says why in the log', async () => {
    world.stage('configure redis_init redis 30000 default wrong', 'configure redis redis GET a');
    const heard = await world.hears('redis_response');
    expect(heard.at(-1)).to.equal('redis_response 1 ?1');
    const why = world.records.map((record) => (record as { why?: string }).why).find(Boolean);
    expect(why).to.match(/AUTH: WRONGPASS/);
  });

  it('fails calls where there is no Redis', async () => {
    world.upstream('shop/redis', [await freePort()]);
    world.stage(init, 'configure redis redis GET a');
    await world.hears('redis_response 1 ?1');
    expect(world.calls).to.deep.equal(['shop/p shop/redis connect-failed']);
  });

  it('tries another endpoint where nothing could be sent', async () => {
    world.upstream('shop/redis', [await freePort(), redis.port]);
    world.stage(init, 'configure redis redis PING one', 'configure redis redis PING two');
    await world.hears('redis_response 0 $3\r\none');
    await world.hears('redis_response 0 $3\r\ntwo');
  });

  it('gives up a connection that does not answer in time, and goes on with a new one', async () => {
    const cluster = world.upstream('shop/redis', [redis.port]);
    world.stage(
      'configure redis_init redis 500 default secret',
      'configure redis redis BLPOP never 0',
      'configure redis redis GET behind',
    );
    await eventually('both failed', () => world.calls.length === 2);
    expect(world.calls).to.deep.equal(Array.from({ length: 2 }, () => 'shop/p shop/redis response-timeout'));
    world.stage(init, 'configure redis redis PING again');
    await world.hears('redis_response 0 $5\r\nagain');
    await eventually('all are counted out', () => cluster.endpoints.current[0]?.inFlight === 0);
  });

  it('goes on after Redis was restarted', async () => {
    world.stage(init, 'configure redis redis PING before');
    await world.hears('redis_response 0 $6\r\nbefore');
    const other = await startRedis(binary ?? '', '--requirepass', 'secret');
    world.upstream('shop/redis', [other.port]);
    const stage = world.stage(init, 'request_headers redis redis PING after');
    await through(stage);
    await world.hears('redis_response 0 $5\r\nafter');
    await other.stop();
    await through(stage);
    await world.hears('redis_response 1 ?1');
  });

  for (const [name, line] of [
    ['a name without proxy_redis_init', 'redis other GET a'],
    ['what changes the connection for all', 'redis redis subscribe a'],
    ['a transaction over many calls', 'redis redis MULTI'],
    ['two commands in one', 'redis_raw redis hex:2a310d0a24340d0a50494e470d0a2a310d0a24340d0a50494e470d0a'],
    ['a command that is cut off', 'redis_raw redis hex:2a310d0a24340d0a5049'],
    ['an inline command', 'redis_raw redis hex:50494e470d0a'],
    ['nothing', 'redis_raw redis hex:2a300d0a'],
  ] as const) {
    it(`refuses ${name}`, async () => {
      world.stage(init, `configure ${line}`);
      await world.hears(`${line.split(' ')[0]} 2 0`);
    });
  }

  it('refuses to begin with what is not granted', async () => {
    world.stage('configure redis_init other 1000');
    await world.hears('redis_init 2');
  });

  it('holds requests until their replies are there', async () => {
    const stage = world.stage(
      init,
      'request_headers redis redis INCR counter',
      'request_headers pause',
      'redis_response resume',
    );
    await Promise.all(Array.from({ length: 1000 }, () => through(stage)));
    world.stage(init, 'configure redis redis GET counter');
    await world.hears('redis_response 0 $4\r\n1000');
  });
});
