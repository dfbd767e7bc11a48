import { expect } from 'chai';
import { HealthChecker, type EndpointHealth } from '../../src/balance/health.ts';
import { endpointCell, SharedState, upstreamCell } from '../../src/balance/shared.ts';
import type { HealthCheck } from '../../src/model/upstream.ts';
import type { PlacedUpstream } from '../../src/runtime/messages.ts';
import { probe } from '../../src/upstream/probes/probe.ts';
import { until } from '../support/cluster-wait.ts';
import { httpTarget, type Target } from './servers.ts';
import { upstream } from './world.ts';

const check: HealthCheck = {
  path: '/health',
  intervalMs: 10,
  timeoutMs: 20_000,
  healthyThreshold: 2,
  unhealthyThreshold: 3,
};

describe('HealthChecker', () => {
  let shared: SharedState;
  let lines: { level: string; fields: Record<string, unknown>; message: string }[];
  let checker: HealthChecker;
  let status: number;
  let target: Target;

  beforeEach(async () => {
    shared = new SharedState();
    lines = [];
    const log = (level: string) => (fields: object, message: string) =>
      void lines.push({ level, fields: { ...fields }, message });
    checker = new HealthChecker(shared, { info: log('info'), warn: log('warn') }, probe);
    status = 200;
    target = await httpTarget((request, response) => {
      response.statusCode = request.url === '/health' ? status : 404;
      response.end('as it is');
    });
  });

  afterEach(async () => {
    checker.close();
    await target.stop();
  });

  const healthy = (slot = 0): boolean =>
    Atomics.load(shared.cells, shared.endpoint(slot, endpointCell.unhealthy)) === 0;
  const changes = (): number => Atomics.load(shared.cells, shared.upstream(0, upstreamCell.health));
  const only = (): EndpointHealth => checker.state('u')[0]!;

  function sync(healthCheck: HealthCheck | undefined, ports: readonly number[] = [target.port]): void {
    const placed: PlacedUpstream = healthCheck ? upstream('Random', { healthCheck }) : upstream('Random');
    const endpoints = ports.map((port, slot) => ({ address: '127.0.0.1', port, weight: 1, slot }));
    checker.sync(new Map([['u', placed]]), new Map([['u', endpoints]]));
  }

  const goes = (want: boolean): Promise<true> =>
    until(want ? 'recovery' : 'failure', () => healthy() === want || undefined);

  it('holds an endpoint healthy from the first moment, and says what it found', async () => {
    sync(check);
    expect(healthy()).to.equal(true);
    expect(only()).to.include({ healthy: true, lastResult: undefined, successes: 0 });
    await until('three probes', () => only().successes >= 3 || undefined);
    expect(only()).to.include({
      upstream: 'u',
      address: '127.0.0.1',
      port: target.port,
      lastResult: 'status 200',
      failures: 0,
    });
    expect(only().lastAt).to.be.closeTo(Date.now(), 5000);
    expect(lines).to.deep.equal([]);
  });

  it('follows an endpoint that goes away and comes back, with a log line for each', async () => {
    sync(check);
    const before = changes();
    await until('a probe', () => only().successes || undefined);
    await target.stop();
    await goes(false);
    expect(only()).to.include({ healthy: false, lastResult: 'ECONNREFUSED' });
    expect(only().failures).to.be.at.least(3);
    await target.restart();
    await goes(true);
    expect(changes()).to.equal(before + 2);
    const endpoint = `127.0.0.1:${target.port}`;
    expect(lines).to.deep.equal([
      {
        level: 'warn',
        fields: { upstream: 'u', endpoint, result: 'ECONNREFUSED', failures: 3 },
        message: 'endpoint became unhealthy',
      },
      {
        level: 'info',
        fields: { upstream: 'u', endpoint, result: 'status 200', successes: 2 },
        message: 'endpoint became healthy',
      },
    ]);
  });

  it('keeps verdict and schedule of an endpoint that stays when others come and go', async () => {
    status = 500;
    sync({ ...check, unhealthyThreshold: 1 });
    await goes(false);
    const { failures } = only();
    sync({ ...check, unhealthyThreshold: 1 }, [target.port, 1]);
    expect(healthy()).to.equal(false);
    expect(only().failures).to.be.at.least(failures);
    await until('the second endpoint to fail', () => !healthy(1) || undefined);
    sync({ ...check, unhealthyThreshold: 1 });
    expect(checker.state()).to.have.length(1);
    sync(check, []);
  });

  it('takes a changed check at once', async () => {
    sync({ ...check, intervalMs: 3_600_000 });
    await until('the first probe', () => only().successes || undefined);
    sync({ ...check, path: '/missing' });
    await goes(false);
    expect(only().lastResult).to.equal('status 404');
    sync(check);
    await goes(true);
  });

  it('makes an endpoint healthy when its check is taken away, and probes no more', async () => {
    status = 500;
    sync(check);
    await goes(false);
    sync(undefined);
    expect(healthy()).to.equal(true);
    expect(checker.state()).to.deep.equal([]);
    // Another upstream's probes show that time goes by. One of the first may have been under way when its check ended.
    const other = await httpTarget((_, response) => response.end());
    try {
      const v = upstream('Random', { id: 'v', slot: 1, healthCheck: check });
      const endpoint = { address: '127.0.0.1', port: other.port, weight: 1, slot: 5 };
      checker.sync(new Map([['v', v]]), new Map([['v', [endpoint]]]));
      await until('ten probes of the other', () => other.connections >= 10 || undefined);
      const { connections } = target;
      await until('ten more', () => other.connections >= 20 || undefined);
      expect(target.connections).to.equal(connections);
    } finally {
      await other.stop();
    }
  });

  it('writes nothing into the cell of an endpoint that is gone', async () => {
    status = 500;
    sync(check);
    await goes(false);
    sync(check, []);
    expect(healthy()).to.equal(false);
  });
});
