import { expect } from 'chai';
import { status } from '../../../src/wasm/abi/status.ts';
import { controlThread } from '../../../src/wasm/shared/lock.ts';
import { histogramBounds, makeMetrics, maxMetrics } from '../../../src/wasm/shared/metric-memory.ts';
import { PluginMetrics } from '../../../src/wasm/shared/metrics.ts';
import { holderOf } from '../../../src/wasm/shared/worker-place.ts';
import { endThreads, inThread } from './threads.ts';

const [counter, gauge, histogram] = [0, 1, 2];
const unknown = 0x1000;

describe('PluginMetrics', () => {
  let buffer: SharedArrayBuffer;
  let metrics: PluginMetrics;

  beforeEach(() => {
    buffer = makeMetrics();
    metrics = new PluginMetrics(buffer, controlThread);
  });
  afterEach(endThreads);

  const define = (type: number, name: string, by = metrics): number => by.define(type, Buffer.from(name));

  it('gives ids with the type in the low two bits, the same for the same name and everywhere', () => {
    const ids = [define(counter, 'c'), define(gauge, 'g'), define(histogram, 'h')];
    expect(ids).to.deep.equal([(1 << 2) | 0, (2 << 2) | 1, (3 << 2) | 2]);
    expect(define(counter, 'c')).to.equal(ids[0]);
    expect(define(gauge, 'g', new PluginMetrics(buffer, 1))).to.equal(ids[1]);
    expect(define(gauge, 'c'), 'another type is another metric').to.equal((4 << 2) | 1);
    expect(define(3, 'x')).to.equal(-1);
  });

  const rules: [what: string, type: number, act: (id: number) => unknown[], wanted: unknown[]][] = [
    [
      'a counter takes increments above 0',
      counter,
      (id) => [metrics.increment(id, 5n), metrics.get(id)],
      [status.ok, 5n],
    ],
    [
      'a counter refuses 0',
      counter,
      (id) => [metrics.increment(id, 0n), metrics.get(id)],
      [status.badArgument, 0n],
    ],
    [
      'a counter refuses less',
      counter,
      (id) => [metrics.increment(id, -1n), metrics.get(id)],
      [status.badArgument, 0n],
    ],
    [
      'a counter adds what is recorded',
      counter,
      (id) => [metrics.record(id, 3n), metrics.record(id, 4n), metrics.get(id)],
      [status.ok, status.ok, 7n],
    ],
    [
      'a gauge goes up and down',
      gauge,
      (id) => [metrics.increment(id, 5n), metrics.increment(id, -7n), metrics.get(id)],
      [status.ok, status.ok, -2n],
    ],
    [
      'a gauge is set by what is recorded',
      gauge,
      (id) => [metrics.record(id, 3n), metrics.record(id, 4n), metrics.get(id)],
      [status.ok, status.ok, 4n],
    ],
    [
      'a histogram records only',
      histogram,
      (id) => [metrics.record(id, 3n), metrics.increment(id, 1n), metrics.get(id)],
      [status.ok, status.badArgument, status.badArgument],
    ],
  ];
  for (const [what, type, act, wanted] of rules) {
    it(what, () => {
      expect(act(define(type, 'm'))).to.deep.equal(wanted);
    });
  }

  it('does not know ids that nobody defined, nor ids with the type of another', () => {
    const id = define(counter, 'c');
    for (const wrong of [unknown, unknown | 1, id + 1]) {
      expect(metrics.increment(wrong, 1n), `${wrong}`).to.equal(status.notFound);
      expect(metrics.record(wrong, 1n), `${wrong}`).to.equal(status.notFound);
      expect(metrics.get(wrong), `${wrong}`).to.equal(status.notFound);
    }
    for (const bits of [2, 3]) {
      expect(metrics.increment(unknown | bits, 1n)).to.equal(status.badArgument);
      expect(metrics.get(unknown | bits)).to.equal(status.badArgument);
      expect(metrics.record(unknown | bits, 1n)).to.equal(status.notFound);
    }
    expect(metrics.record(3, 1n)).to.equal(status.notFound);
  });

  it('uses an id that another thread defined', () => {
    const other = new PluginMetrics(buffer, 1);
    const id = define(counter, 'c', other);
    expect([metrics.increment(id, 2n), other.get(id)]).to.deep.equal([status.ok, 2n]);
  });

  it('reads all as they are: counters unsigned, gauges signed, histograms by bucket', () => {
    metrics.increment(define(counter, 'requests.total'), 3n);
    metrics.record(define(gauge, 'säule'), -4n);
    const id = define(histogram, 'ms');
    for (const value of [0n, 1n, 2n, 10n, 4_000_000n]) metrics.record(id, value);
    const [first, second, third] = new PluginMetrics(buffer, 1).read();
    expect(first).to.deep.equal({ type: 'counter', name: 'requests.total', value: 3 });
    expect(second).to.deep.equal({ type: 'gauge', name: 'säule', value: -4 });
    expect(third).to.include({ type: 'histogram', name: 'ms', bounds: histogramBounds, sum: 4_000_013 });
    const counts = third?.type === 'histogram' ? third.counts : [];
    expect(counts.slice(0, 5)).to.deep.equal([1, 1, 1, 1, 0]);
    expect(counts.at(-1)).to.equal(1);
  });

  it('has room for many, and a metric that counts nothing for what is more', () => {
    const other = new PluginMetrics(buffer, 1);
    const early = define(counter, 'early', other);
    for (let i = 1; i < maxMetrics; i++)
      expect(define(counter, `requests.route.${i}`) >>> 2, `${i}`).to.be.above(0);
    const none = [counter, gauge, histogram].map((type) => define(type, 'one more'));
    expect(none).to.deep.equal([0, 1, 2]);
    expect([
      metrics.increment(0, 1n),
      metrics.get(0),
      metrics.record(1, 5n),
      metrics.get(1),
      metrics.record(2, 1n),
    ]).to.deep.equal([0, 0n, 0, 0n, 0]);
    expect(metrics.increment(early, 2n)).to.equal(status.ok);
    expect(other.get(early), 'also for a view from before it grew').to.equal(2n);
    expect(other.read()).to.have.length(maxMetrics);
    expect(define(counter, 'early')).to.equal(early);
  });

  it('has no room for a name without end', () => {
    expect(metrics.define(counter, Buffer.alloc(2 << 20, 'a'))).to.equal(0);
    expect(define(counter, 'c')).to.equal(1 << 2);
  });

  it('sums exactly what two threads count and define at once', async () => {
    const job = { type: 'count', metrics: buffer, names: 50, times: 50_000 } as const;
    await Promise.all([inThread({ ...job, worker: 0 }), inThread({ ...job, worker: 1 })]);
    const read = metrics.read();
    expect(read).to.have.length(50);
    expect(read.every((metric) => metric.type === 'counter' && metric.value === 2000)).to.equal(true);
  });

  it('loses nothing that was counted when threads are killed anywhere', async () => {
    const id = define(counter, 'name 0');
    for (let victims = 0; victims < 10; victims++) {
      const victim = await inThread({ type: 'define', metrics: buffer, worker: 2 });
      await victim.end();
      metrics.abandon(holderOf(2));
      metrics.increment(id, 1n);
    }
    expect(metrics.get(id)).to.equal(10n);
    const names = metrics.read().map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    expect(names.every((name) => /^name \d+$/.test(name))).to.equal(true);
    expect(
      metrics
        .read()
        .slice(1)
        .every((metric) => metric.type === 'counter' && metric.value === 0),
    ).to.equal(true);
  });
});
