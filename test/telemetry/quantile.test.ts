import { expect } from 'chai';
import { quantile } from '../../src/telemetry/quantile.ts';
import { HistogramFamily } from '../../src/telemetry/series.ts';

describe('quantile', () => {
  const family = (): HistogramFamily => new HistogramFamily('x', 'Help.', ['plugin', 'callback'], [1, 2, 4]);
  const of = (q: number, ...families: HistogramFamily[]): number | undefined =>
    quantile(
      q,
      families.map((one) => one.toJson()),
      'x',
      { plugin: 'p' },
    );

  it('is undefined without observations', () => {
    const x = family();
    x.cell('other', 'a').observe(1);
    expect(of(0.5)).to.equal(undefined);
    expect(of(0.5, x)).to.equal(undefined);
  });

  it('lies between the bounds of its bucket, by how many are below', () => {
    const x = family();
    for (let i = 0; i < 10; i++) x.cell('p', 'a').observe(1.5);
    expect([of(0.1, x), of(0.5, x), of(1, x)]).to.deep.equal([1.1, 1.5, 2]);
  });

  it('counts all callbacks and all workers together', () => {
    const [x, y] = [family(), family()];
    x.cell('p', 'a').observe(0.5);
    x.cell('p', 'b').observe(0.5);
    y.cell('p', 'a').observe(3);
    y.cell('p', 'a').observe(3);
    expect([of(0.5, x, y), of(0.75, x, y)]).to.deep.equal([1, 3]);
  });

  it('is the last bound for what lies beyond it', () => {
    const x = family();
    x.cell('p', 'a').observe(100);
    expect(of(0.99, x)).to.equal(4);
  });
});
