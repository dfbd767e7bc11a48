import { expect } from 'chai';
import { AggregatorRegistry } from 'prom-client';
import { CounterFamily, HistogramFamily, type MetricJson } from '../../src/telemetry/series.ts';

const text = (...workers: MetricJson[][]): Promise<string> => AggregatorRegistry.aggregate(workers).metrics();

describe('series', () => {
  it('counts, and sums over workers in prom-client', async () => {
    const family = new CounterFamily('loom_x_total', 'X.', ['route', 'code']);
    family.cell('a', '200').value += 2;
    family.cell('a', '200').value++;
    family.cell('b "q"', '404').value++;
    const lines = await text([family.toJson()], [family.toJson()]);
    expect(lines).to.include('# TYPE loom_x_total counter');
    expect(lines).to.include('loom_x_total{route="a",code="200"} 6');
    expect(lines).to.include('loom_x_total{route="b \\"q\\"",code="404"} 2');
  });

  it('makes cumulative buckets with sum and count', async () => {
    const family = new HistogramFamily('loom_x_seconds', 'X.', ['route']);
    for (const seconds of [0.0001, 0.003, 0.003, 100]) family.cell('a').observe(seconds);
    const lines = await text([family.toJson()]);
    expect(lines).to.include('loom_x_seconds_bucket{le="0.0005",route="a"} 1');
    expect(lines).to.include('loom_x_seconds_bucket{le="0.0025",route="a"} 1');
    expect(lines).to.include('loom_x_seconds_bucket{le="0.005",route="a"} 3');
    expect(lines).to.include('loom_x_seconds_bucket{le="30",route="a"} 3');
    expect(lines).to.include('loom_x_seconds_bucket{le="+Inf",route="a"} 4');
    expect(lines).to.include('loom_x_seconds_count{route="a"} 4');
    expect(lines).to.match(/loom_x_seconds_sum\{route="a"\} 100\.006/);
  });

  it('forgets the cells of a first label, and only those', () => {
    const family = new CounterFamily('loom_x_total', 'X.', ['route', 'code']);
    family.cell('a', '200').value++;
    family.cell('ab', '200').value++;
    family.drop('a');
    expect(family.toJson().values.map(({ labels }) => labels['route'])).to.deep.equal(['ab']);
  });
});
