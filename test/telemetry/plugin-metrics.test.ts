import { expect } from 'chai';
import { ControlMetrics } from '../../src/telemetry/control-metrics.ts';
import { pluginMetricsJson, type PluginMetric } from '../../src/telemetry/plugin-metrics.ts';

const counter = (name: string, value = 1): PluginMetric => ({ type: 'counter', name, value });

/** Lines of a scrape that are about plugins, without help. */
async function scraped(...plugins: [string, PluginMetric[]][]): Promise<string[]> {
  const text = await new ControlMetrics().text([pluginMetricsJson(plugins)]);
  return text.split('\n').filter((line) => line !== '' && !/^# HELP|loom_(?!taken)/.test(line));
}

describe('metrics of plugins in a scrape', () => {
  const names: [name: string, line: string][] = [
    ['requests', 'requests{plugin="a/p"} 1'],
    ['requests.by-route', 'requests_by_route{plugin="a/p"} 1'],
    ['2xx', '_2xx{plugin="a/p"} 1'],
    ['', '_{plugin="a/p"} 1'],
    ['größe', 'gr__e{plugin="a/p"} 1'],
    ['loom_taken_total', 'plugin_loom_taken_total{plugin="a/p"} 1'],
    ['loom.taken', 'plugin_loom_taken{plugin="a/p"} 1'],
    [
      'reporter=.=source;.;code=.=200;.;istio_requests_total',
      'istio_requests_total{reporter="source",code="200",plugin="a/p"} 1',
    ],
    ['plugin=.=other;.;x', 'x{exported_plugin="other",plugin="a/p"} 1'],
    ['a.b=.="q"\nüx;.;x', 'x{a_b="\\"q\\"\\nüx",plugin="a/p"} 1'],
    ['nothing;.;x', 'x{plugin="a/p"} 1'],
  ];
  for (const [name, line] of names) {
    it(`writes ${JSON.stringify(name)} as ${line}`, async () => {
      const lines = await scraped(['a/p', [counter(name)]]);
      expect(lines).to.have.length(2);
      expect(lines[0]).to.equal(`# TYPE ${line.slice(0, line.indexOf('{'))} counter`);
      expect(lines[1]).to.equal(line);
    });
  }

  it('keeps plugins with the same name apart by label, in one family', async () => {
    expect(await scraped(['a/p', [counter('x', 1)]], ['a/q', [counter('x', 2)]])).to.deep.equal([
      '# TYPE x counter',
      'x{plugin="a/p"} 1',
      'x{plugin="a/q"} 2',
    ]);
  });

  it('adds up what becomes one series', async () => {
    expect(await scraped(['a/p', [counter('x.y', 1), counter('x-y', 2)]])).to.deep.equal([
      '# TYPE x_y counter',
      'x_y{plugin="a/p"} 3',
    ]);
  });

  it('gives a name one type, and the next type another name', async () => {
    const gauge: PluginMetric = { type: 'gauge', name: 'x', value: -3 };
    expect(await scraped(['a/p', [counter('x'), counter('x_gauge')]], ['a/q', [gauge]])).to.deep.equal([
      '# TYPE x counter',
      'x{plugin="a/p"} 1',
      '# TYPE x_gauge counter',
      'x_gauge{plugin="a/p"} 1',
      '# TYPE x_gauge_gauge gauge',
      'x_gauge_gauge{plugin="a/q"} -3',
    ]);
  });

  it('accumulates the buckets of a histogram', async () => {
    const histogram: PluginMetric = {
      type: 'histogram',
      name: 'le=.=x;.;ms',
      bounds: [1, 5],
      counts: [1, 2, 3],
      sum: 99,
    };
    const labels = 'exported_le="x",plugin="a/p"';
    expect(await scraped(['a/p', [histogram]])).to.deep.equal([
      '# TYPE ms histogram',
      `ms_bucket{le="1",${labels}} 1`,
      `ms_bucket{le="5",${labels}} 3`,
      `ms_bucket{le="+Inf",${labels}} 6`,
      `ms_sum{${labels}} 99`,
      `ms_count{${labels}} 6`,
    ]);
  });
});
