import { expect } from 'chai';
import { Backoff } from '../../src/wasm/backoff.ts';

describe('backoff of plugins', () => {
  it('is nothing at first, then a second, doubling to a minute', () => {
    const backoff = new Backoff();
    const waits = Array.from({ length: 9 }, (_, i) => backoff.next(i * 1000, 0.5));
    expect(waits).to.deep.equal([0, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000]);
  });

  it('begins a fifth below, so that workers do not build in step', () => {
    const spread = (random: number): number => {
      const backoff = new Backoff();
      backoff.next(0, random);
      return backoff.next(1, random);
    };
    expect([spread(0), spread(0.5)]).to.deep.equal([800, 1000]);
  });

  it('forgets after more than a minute without a failure', () => {
    const backoff = new Backoff();
    backoff.next(0, 0.5);
    backoff.next(10, 0.5);
    expect(backoff.next(73_000, 0.5)).to.equal(0);
  });
});
