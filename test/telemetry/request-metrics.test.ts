import { AggregatorRegistry } from 'prom-client';
import { expect } from 'chai';
import type { Exchange } from '../../src/http/exchange.ts';
import { RequestMetrics } from '../../src/telemetry/request-metrics.ts';
import { exchangeOf } from '../support/requests.ts';

const ended = (line: string, part: Partial<Exchange> = {}): Exchange =>
  Object.assign(exchangeOf(line).exchange, part);
/** The samples of one metric, without their timings. */
async function samples(metrics: RequestMetrics, name: string): Promise<string[]> {
  const text = await AggregatorRegistry.aggregate([metrics.toJson()]).metrics();
  return text.split('\n').filter((line) => line.startsWith(`${name}{`));
}

describe('RequestMetrics', () => {
  it('counts requests by route, method and status', async () => {
    const metrics = new RequestMetrics();
    for (const status of [200, 200, 503]) metrics.exchangeEnded(ended('GET a/', { route: 'r' }), status);
    metrics.exchangeEnded(ended('POST a/', { route: 'r' }), 0);
    metrics.exchangeEnded(ended('GET a/'), 404);
    expect(await samples(metrics, 'loom_requests_total')).to.have.members([
      'loom_requests_total{route="r",method="GET",code="200"} 2',
      'loom_requests_total{route="r",method="GET",code="503"} 1',
      'loom_requests_total{route="r",method="POST",code="0"} 1',
      'loom_requests_total{route="",method="GET",code="404"} 1',
    ]);
    expect(await samples(metrics, 'loom_request_duration_seconds_count')).to.have.members([
      'loom_request_duration_seconds_count{route="r"} 4',
      'loom_request_duration_seconds_count{route=""} 1',
    ]);
  });

  it('lets no client make series with methods of its own', async () => {
    const metrics = new RequestMetrics();
    for (const method of ['BREW', 'get', 'WHEN']) metrics.exchangeEnded(ended(`${method} a/`), 404);
    expect(await samples(metrics, 'loom_requests_total')).to.deep.equal([
      'loom_requests_total{route="",method="OTHER",code="404"} 3',
    ]);
  });

  for (const [title, part, code, timed] of [
    ['its status', { upstreamStatus: 201, upstreamMs: 5 }, '201', 1],
    [
      'its status, also when the body broke off',
      { upstreamStatus: 200, upstreamMs: 5, errorCode: 'upstream-reset' },
      '200',
      1,
    ],
    ['the failure when there was no head', { errorCode: 'connect-failed' }, 'connect-failed', 0],
    ['none when nobody knows', {}, 'none', 0],
  ] as const) {
    it(`counts a try of an upstream by ${title}`, async () => {
      const metrics = new RequestMetrics();
      metrics.exchangeEnded(ended('GET a/', { upstream: 'u', attempts: 1, ...part }), 200);
      expect(await samples(metrics, 'loom_upstream_requests_total')).to.deep.equal([
        `loom_upstream_requests_total{upstream="u",code="${code}"} 1`,
      ]);
      expect(await samples(metrics, 'loom_upstream_duration_seconds_count')).to.deep.equal([
        `loom_upstream_duration_seconds_count{upstream="u"} ${timed}`,
      ]);
    });
  }

  it('counts no try when nothing was sent', async () => {
    const metrics = new RequestMetrics();
    metrics.exchangeEnded(ended('GET a/', { upstream: 'u', errorCode: 'no-endpoint' }), 503);
    expect(await samples(metrics, 'loom_upstream_requests_total')).to.deep.equal([]);
  });

  it('forgets what is gone and counts it from zero when it comes back', async () => {
    const metrics = new RequestMetrics();
    const count = (route: string): void =>
      metrics.exchangeEnded(ended('GET a/', { route, upstream: `u-${route}`, attempts: 1 }), 200);
    for (const route of ['a', 'a', 'b']) count(route);
    for (const plugin of ['p', 'q']) metrics.pluginDuration(plugin, 'on_log').observe(0.001);
    metrics.forget({ routes: ['a'], upstreams: ['u-a'], plugins: ['p'] });
    count('a');
    expect(await samples(metrics, 'loom_requests_total')).to.have.members([
      'loom_requests_total{route="a",method="GET",code="200"} 1',
      'loom_requests_total{route="b",method="GET",code="200"} 1',
    ]);
    expect(await samples(metrics, 'loom_upstream_requests_total')).to.have.members([
      'loom_upstream_requests_total{upstream="u-a",code="none"} 1',
      'loom_upstream_requests_total{upstream="u-b",code="none"} 1',
    ]);
    expect(await samples(metrics, 'loom_plugin_duration_seconds_count')).to.deep.equal([
      'loom_plugin_duration_seconds_count{plugin="q",callback="on_log"} 1',
    ]);
  });
});
