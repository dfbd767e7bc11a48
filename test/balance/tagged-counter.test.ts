import { expect } from 'chai';
import { TaggedCounter } from '../../src/balance/tagged-counter.ts';

const state = (number: number): number => number << 2;

describe('TaggedCounter', () => {
  it('starts at zero in each state, without being cleared', () => {
    const counter = new TaggedCounter(new Int32Array(new SharedArrayBuffer(4)), 0);
    expect([counter.increment(state(1)), counter.increment(state(1))]).to.deep.equal([1, 2]);
    expect(counter.increment(state(2))).to.equal(1);
  });

  it('does not clear the count of another state, nor fall below zero', () => {
    const counter = new TaggedCounter(new Int32Array(new SharedArrayBuffer(4)), 0);
    counter.decrement(state(3));
    expect(counter.increment(state(3))).to.equal(1);
    counter.clear(state(4));
    expect(counter.increment(state(3))).to.equal(2);
    counter.clear(state(3));
    expect(counter.increment(state(3))).to.equal(1);
  });

  it('holds the largest threshold in the largest state', () => {
    const counter = new TaggedCounter(new Int32Array(new SharedArrayBuffer(4)), 0);
    const last = state((1 << 29) - 1);
    for (let i = 1; i < 100_000; i++) counter.increment(last);
    expect(counter.incrementBelow(last, 100_000)).to.equal(true);
    expect(counter.incrementBelow(last, 100_000)).to.equal(false);
    expect(counter.increment(last)).to.equal(100_001);
  });
});
