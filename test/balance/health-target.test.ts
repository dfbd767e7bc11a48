import { expect } from 'chai';
import { type HealthClock, HealthTarget, type ProbeResult } from '../../src/balance/health-target.ts';

const settings = {
  path: '/',
  intervalMs: 10_000,
  timeoutMs: 2000,
  healthyThreshold: 2,
  unhealthyThreshold: 3,
};

/** Time that moves only by `advance`; every action whose time has come runs, and the promises after it. */
class TestClock implements HealthClock {
  time = 0;
  readonly #actions = new Set<{ at: number; action: () => void }>();
  now = (): number => this.time;
  date = (): number => 1_000_000 + this.time;
  random = (): number => 0.5;
  after = (ms: number, action: () => void): (() => void) => {
    const entry = { at: this.time + ms, action };
    this.#actions.add(entry);
    return () => this.#actions.delete(entry);
  };

  get pending(): readonly number[] {
    return [...this.#actions].map(({ at }) => at).toSorted((a, b) => a - b);
  }

  async advance(to: number): Promise<void> {
    for (;;) {
      const [next] = [...this.#actions].filter(({ at }) => at <= to).toSorted((a, b) => a.at - b.at);
      if (!next) break;
      this.#actions.delete(next);
      this.time = next.at;
      next.action();
      await new Promise(setImmediate);
    }
    this.time = to;
  }
}

const ok: ProbeResult = { success: true, result: 'status 200' };
const bad: ProbeResult = { success: false, result: 'status 500' };

describe('HealthTarget', () => {
  it('probes soon, takes its own place within the interval, and then keeps to the interval', async () => {
    const clock = new TestClock();
    const at: number[] = [];
    const target = new HealthTarget(
      settings,
      () => (at.push(clock.time), Promise.resolve(ok)),
      clock,
      () => {},
    );
    await clock.advance(30_000);
    expect(at).to.deep.equal([500, 5500, 15_500, 25_500]);
    target.stop();
    expect(clock.pending).to.deep.equal([]);
  });

  it('counts results in a row against the thresholds', async () => {
    const clock = new TestClock();
    const results = [bad, bad, ok, bad, bad, bad, ok, bad, ok, ok, bad];
    const seen: string[] = [];
    const target: HealthTarget = new HealthTarget(
      { ...settings, intervalMs: 1000 },
      () => Promise.resolve(results.shift() ?? ok),
      clock,
      () => {
        seen.push(`${target.healthy} with ${results.length} left`);
      },
    );
    await clock.advance(10_500);
    target.stop();
    expect(seen).to.deep.equal(['false with 5 left', 'true with 1 left']);
    expect(target.last?.at).to.be.within(1_000_000, 1_010_500);
  });

  it('ends a probe at its timeout, and never runs two at once', async () => {
    const clock = new TestClock();
    let running = 0;
    const ended: number[] = [];
    const target = new HealthTarget(
      { ...settings, intervalMs: 1000, timeoutMs: 3000 },
      (signal) => {
        expect(++running).to.equal(1);
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            running--;
            ended.push(clock.time);
            resolve({ success: false, result: 'timeout' });
          });
        });
      },
      clock,
      () => {},
    );
    await clock.advance(9600);
    expect(ended).to.deep.equal([3500, 6500, 9500]);
    expect(target.healthy).to.equal(false);
    target.stop();
  });

  it('says nothing after stop, also when a probe was running', async () => {
    const clock = new TestClock();
    const { promise, resolve } = Promise.withResolvers<ProbeResult>();
    const target = new HealthTarget(
      { ...settings, unhealthyThreshold: 1 },
      () => promise,
      clock,
      () => expect.fail('told'),
    );
    await clock.advance(600);
    target.stop();
    resolve(bad);
    await new Promise(setImmediate);
    expect(target.last).to.equal(undefined);
    expect(clock.pending).to.deep.equal([]);
  });
});
