import { expect } from 'chai';
import { ControlMetrics } from '../../src/telemetry/control-metrics.ts';
import { RequestMetrics } from '../../src/telemetry/request-metrics.ts';
import { exchangeOf } from '../support/requests.ts';

describe('ControlMetrics', () => {
  it('gives its own metrics and the sums over the workers in one text', async () => {
    const control = new ControlMetrics();
    control.revision.set(7);
    control.breakerState.set({ upstream: 'u' }, 1);
    control.applySeconds.observe(0.02);
    const workers = [1, 2].map((requests) => {
      const metrics = new RequestMetrics();
      for (let i = 0; i < requests; i++) metrics.exchangeEnded(exchangeOf('GET a/').exchange, 200);
      return metrics.toJson();
    });
    const lines = (await control.text(workers)).split('\n');
    expect(lines).to.include.members([
      'loom_snapshot_revision 7',
      'loom_circuit_breaker_state{upstream="u"} 1',
      'loom_apply_seconds_bucket{le="0.01"} 0',
      'loom_apply_seconds_bucket{le="0.025"} 1',
      'loom_apply_seconds_count 1',
      'loom_requests_total{route="",method="GET",code="200"} 3',
      'loom_request_duration_seconds_count{route=""} 3',
    ]);
  });

  it('describes every metric', async () => {
    const text = await new ControlMetrics().text([]);
    for (const [, name] of text.matchAll(/^# TYPE (\S+)/gm))
      expect(text).to.match(new RegExp(`# HELP ${name} \\S`));
    expect(text).to.include('# TYPE loom_worker_restarts_total counter');
  });

  it('keeps apart what two of them count', async () => {
    const [one, other] = [new ControlMetrics(), new ControlMetrics()];
    one.relists.inc({ kind: 'Service' });
    expect(await one.text([])).to.include('loom_kube_relists_total{kind="Service"} 1');
    expect(await other.text([])).not.to.include('kind="Service"');
  });
});
