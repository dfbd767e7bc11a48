import { expect } from 'chai';
import { CpuClock, threadNumber } from '../../../../src/wasm/vm/budget/cpu-clock.ts';

describe('the CPU clock of a thread', () => {
  it('moves on while the thread computes, as far as the process has', function () {
    if (process.platform !== 'linux') return this.skip();
    const clock = new CpuClock(threadNumber());
    const before = clock.read() ?? Number.NaN;
    const began = process.threadCpuUsage();
    const spent = (): number => {
      const { user, system } = process.threadCpuUsage(began);
      return (user + system) / 1000;
    };
    while (spent() < 50);
    const moved = (clock.read() ?? Number.NaN) - before;
    // The kernel brings its figures up to date with its own ticks.
    expect(moved).to.be.within(25, spent() + 25);
  });

  it('tells nothing of a thread that is not there, or has no number', () => {
    expect(new CpuClock(0).read()).to.equal(undefined);
    expect(new CpuClock(2 ** 30).read()).to.equal(undefined);
  });
});
