import { expect } from 'chai';
import { Breaker, refused } from '../../src/balance/breaker.ts';
import { SharedState, upstreamCell } from '../../src/balance/shared.ts';
import { race, upstream } from './world.ts';

const settings = { failureThreshold: 3, successThreshold: 2, timeoutMs: 1000 };

/** A breaker with a clock that only `wait` moves. `start` in milliseconds, as the clock of the process wraps at 2^32. */
function makeBreaker(start = 0): { breaker: Breaker; wait: (ms: number) => void; shared: SharedState } {
  const shared = new SharedState();
  let now = start;
  return { breaker: new Breaker(settings, 0, shared, () => now | 0), wait: (ms) => (now += ms), shared };
}

/** Transitions since the beginning. */
function transitions(shared: SharedState): number {
  return Atomics.load(shared.cells, shared.upstream(0, upstreamCell.breaker)) >>> 2;
}

/**
 * + allowed · - refused · s success · f failure · a abandon · w wait half the timeout · C O H the state must be so.
 * Verdicts without a permit: they count for the state that holds.
 */
const sequences: readonly (readonly [string, string])[] = [
  ['starts closed and allows', 'C+++++'],
  ['stays closed on successes', 'C+s+s+s+sC'],
  ['stays closed below the threshold', '+f+fC+'],
  ['opens on failures in a row', '+f+f+fO-'],
  ['counts from zero after a success', '+f+f+s+f+fC+fO'],
  ['does not count an abandoned request', '+f+f+a+aC+fO'],
  ['refuses until the timeout, then tries', 'fffO-w-wO+H'],
  ['lets only as many trials through as successes are needed', 'fffww++--H'],
  ['lets another trial through when one ends well', 'fffww++-s+-H'],
  ['closes on successes in a row', 'fffww++ssC+++'],
  ['closes on successes one after another', 'fffww+s+sC'],
  ['opens again on a failed trial', 'fffww+fO-w-w+H'],
  ['opens again on a failed trial after a success', 'fffww++sfO-'],
  ['counts successes from zero in the next half-open', 'fffww+s+fOww+sH+sC'],
  ['counts failures from zero once closed again', 'fffww+s+sC+f+fC+fO'],
  ['gives the place of an abandoned trial to another', 'fffww++-a+-H'],
  ['gives up trials that never end', 'fffww++-w-w++-H'],
  ['ignores verdicts while open', 'fffOsssO-fffO-ww+H'],
];

/** Makes an hour go by for the breaker on slot 0. */
function expire(shared: SharedState): void {
  Atomics.sub(shared.cells, shared.upstream(0, upstreamCell.openedAt), 3_600_001);
}

describe('Breaker', () => {
  for (const start of [0, 2 ** 31 - 700, 2 ** 32 - 700, 2 ** 32 + 5]) {
    describe(`with the clock at ${start}`, () => {
      for (const [sentence, sequence] of sequences) {
        it(`${sentence}: ${sequence}`, () => {
          const { breaker, wait } = makeBreaker(start);
          sequence.split('').forEach((step, i) => {
            const at = `${sequence.slice(0, i)}>${step}`;
            switch (step) {
              case '+':
                return expect(breaker.allow(), at).to.equal(true);
              case '-':
                return expect(breaker.allow(), at).to.equal(false);
              case 's':
                return breaker.success();
              case 'f':
                return breaker.failure();
              case 'a':
                return breaker.abandon();
              case 'w':
                return wait(500);
              default:
                return expect(breaker.state, at).to.equal({ C: 'closed', O: 'open', H: 'half-open' }[step]);
            }
          });
        });
      }
    });
  }

  it('says how long it stays open', () => {
    const { breaker, wait } = makeBreaker(2 ** 32 - 100);
    expect(breaker.retryAfterMs).to.equal(0);
    for (let i = 0; i < 3; i++) breaker.failure();
    expect(breaker.retryAfterMs).to.equal(1000);
    wait(300);
    expect(breaker.retryAfterMs).to.equal(700);
    wait(5000);
    expect(breaker.retryAfterMs).to.equal(0);
    breaker.allow();
    expect(breaker.retryAfterMs).to.equal(0);
  });

  it('drops verdicts of permits from a state that is over', () => {
    const { breaker, wait } = makeBreaker();
    const early = breaker.enter();
    for (let i = 0; i < 3; i++) breaker.failure(breaker.enter());
    wait(1000);
    const trial = breaker.enter();
    expect(trial).to.not.equal(refused);
    breaker.failure(early);
    breaker.success(early);
    breaker.success(early);
    breaker.abandon(early);
    expect(breaker.state).to.equal('half-open');
    breaker.failure(trial);
    wait(1000);
    breaker.enter();
    breaker.success(trial);
    breaker.failure(trial);
    expect(breaker.state).to.equal('half-open');
  });

  it('holds for every object on the same slot, and for no other slot', () => {
    const { breaker, shared } = makeBreaker();
    const there = new Breaker(settings, 0, new SharedState(shared.buffer), () => 0);
    const other = new Breaker(settings, 1, shared, () => 0);
    breaker.failure();
    there.failure();
    breaker.failure();
    expect([there.state, there.allow(), other.state]).to.deep.equal(['open', false, 'closed']);
  });

  it('tells time by itself', () => {
    const shared = new SharedState();
    const breaker = new Breaker({ ...settings, timeoutMs: 60_000 }, 0, shared);
    for (let i = 0; i < 3; i++) breaker.failure();
    expect(breaker.allow()).to.equal(false);
    expect(breaker.retryAfterMs).to.be.within(50_000, 60_000);
  });

  describe('raced by four threads', () => {
    const circuitBreaker = { failureThreshold: 5, successThreshold: 3, timeoutMs: 3_600_000 };
    const task = { upstream: upstream('Random', { circuitBreaker }), endpoints: [] };

    it('makes every transition exactly once, and lets exactly the trials through', async () => {
      const shared = new SharedState();
      await race(4, shared, { ...task, task: 'fail', times: 5000 });
      const breaker = new Breaker(circuitBreaker, 0, shared);
      expect([breaker.state, transitions(shared)]).to.deep.equal(['open', 1]);

      expire(shared);
      const counts = await race(4, shared, {
        ...task,
        endpoints: [{ address: 'a', port: 1, weight: 1, slot: 0 }],
        task: 'enter',
        times: 5000,
      });
      expect([breaker.state, transitions(shared)]).to.deep.equal(['half-open', 2]);
      expect(counts.flat().reduce((sum, count) => sum + count, 0)).to.equal(3);

      await race(4, shared, { ...task, task: 'succeed', times: 5000 });
      expect([breaker.state, transitions(shared)]).to.deep.equal(['closed', 3]);
    });

    it('opens once from half-open, whoever fails', async () => {
      const shared = new SharedState();
      const breaker = new Breaker(circuitBreaker, 0, shared);
      for (let i = 0; i < 5; i++) breaker.failure();
      expire(shared);
      expect(breaker.allow()).to.equal(true);
      await race(4, shared, { ...task, task: 'fail', times: 5000 });
      expect([breaker.state, transitions(shared)]).to.deep.equal(['open', 3]);
    });

    it('gives up the lost trials of a dead worker once', async () => {
      const shared = new SharedState();
      const breaker = new Breaker(circuitBreaker, 0, shared);
      for (let i = 0; i < 5; i++) breaker.failure();
      expire(shared);
      for (let i = 0; i < 3; i++) expect(breaker.allow()).to.equal(true);
      expect(breaker.allow()).to.equal(false);
      expire(shared);
      const counts = await race(4, shared, {
        ...task,
        endpoints: [{ address: 'a', port: 1, weight: 1, slot: 0 }],
        task: 'enter',
        times: 5000,
      });
      expect(counts.flat().reduce((sum, count) => sum + count, 0)).to.equal(3);
    });
  });
});
