import { expect } from 'chai';
import { Pace } from '../src/pace.ts';

describe('Pace', () => {
  it('lets some through at once, then one each time', () => {
    const pace = new Pace(3, 1000);
    expect([5000, 5010, 5020].map((at) => pace.take(at))).to.deep.equal([0, 0, 0]);
    expect(pace.take(5030)).to.equal(970);
    expect(pace.take(6000)).to.equal(0);
    expect(pace.take(6001)).to.equal(999);
  });

  it('lets as many through again after some time without any', () => {
    const pace = new Pace(3, 1000);
    for (let at = 0; at < 10_000; at += 10) pace.take(at);
    expect([13_000, 13_000, 13_000].map((at) => pace.take(at))).to.deep.equal([0, 0, 0]);
    expect(pace.take(13_000)).to.be.greaterThan(0);
  });
});
