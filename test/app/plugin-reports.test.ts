import { expect } from 'chai';
import { pluginReport } from '../../src/app/plugin-reports.ts';
import { pluginSeries } from '../../src/telemetry/plugin-series.ts';
import { RequestMetrics } from '../../src/telemetry/request-metrics.ts';
import type { MetricJson } from '../../src/telemetry/series.ts';

const figures = {
  state: 'serving',
  instances: 1,
  memoryBytes: 65_536,
  calls: 12,
  failures: 3,
  killed: 1,
  replacements: 2,
  recycled: 1,
};
const none = { ...figures, instances: 0, memoryBytes: 0 };

/** What a worker with the plugin `p`, which has called an upstream, and another one, gives the control thread. */
function counted(p: typeof figures, ...seconds: readonly number[]): MetricJson[] {
  const metrics = new RequestMetrics();
  for (const took of seconds) metrics.pluginDuration('p', 'on_request_headers').observe(took);
  metrics.pluginDuration('q', 'on_request_headers').observe(1);
  for (let n = 0; n < 5; n++) metrics.callEnded('p', 'auth', 'ok', 0.01);
  const plugins = new Map([
    ['p', p],
    ['q', { ...figures, calls: 1000 }],
  ]);
  return [...metrics.toJson(), ...pluginSeries(plugins)];
}

describe('the report about a plugin', () => {
  it('sums what the workers have counted; calls are those into the plugin, not those that it made', () => {
    const { state, callbackMs, ...sums } = pluginReport('p', [counted(figures), counted(figures)]);
    expect(sums).to.deep.equal({
      instances: 2,
      memoryBytes: 131_072,
      calls: 24,
      failures: 6,
      killed: 2,
      replacements: 4,
      recycled: 2,
    });
    expect(state).to.equal('serving');
    expect(callbackMs).to.deep.equal({ p50: undefined, p99: undefined });
  });

  it('takes its quantiles over all workers', () => {
    const quick = Array.from({ length: 98 }, () => 0.000_02);
    const { callbackMs } = pluginReport('p', [counted(figures, ...quick), counted(figures, 0.02, 0.02)]);
    expect(callbackMs.p50).to.be.within(0.01, 0.025);
    expect(callbackMs.p99).to.be.within(10, 25);
  });

  for (const [state, workers] of [
    ['serving', [figures, none]],
    ['down', [none, none]],
    ['failing', [figures, { ...none, state: 'failing' }]],
  ] as const) {
    it(`says that a plugin is ${state}`, () => {
      expect(
        pluginReport(
          'p',
          workers.map((worker) => counted(worker)),
        ),
      ).to.include({ state });
    });
  }
});
