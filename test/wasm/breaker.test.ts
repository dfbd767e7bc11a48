import { expect } from 'chai';
import { FailureBreaker } from '../../src/wasm/breaker.ts';

const failing = (breaker: FailureBreaker, times: number, everyMs: number): FailureBreaker => {
  for (let i = 0; i < times; i++) breaker.failed(i * everyMs);
  return breaker;
};

describe('the breaker of a plugin', () => {
  it('opens at the tenth failure', () => {
    expect(failing(new FailureBreaker('Closed'), 9, 60_000).open).to.equal(false);
    expect(failing(new FailureBreaker('Open'), 10, 60_000).open).to.equal(true);
  });

  it('forgets failures after a minute and a bit without one', () => {
    expect(failing(new FailureBreaker('Closed'), 100, 72_001).open).to.equal(false);
  });

  it('never opens for Reload', () => {
    expect(failing(new FailureBreaker('Reload'), 1000, 1).open).to.equal(false);
  });

  it('stays open, whatever comes', () => {
    const breaker = failing(new FailureBreaker('Closed'), 10, 1);
    breaker.failed(1_000_000);
    breaker.worked();
    expect(breaker.open).to.equal(true);
  });

  it('forgets failures when an exchange went well, where each has its own instance', () => {
    const breaker = failing(new FailureBreaker('Closed'), 9, 1);
    breaker.worked();
    expect(failing(breaker, 9, 1).open).to.equal(false);
  });
});
