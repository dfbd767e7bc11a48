import { setImmediate, setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { HoldOff } from '../../src/runtime/holdoff.ts';

/** Resolves when the condition holds; fails after thirty seconds. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`still not: ${String(condition)}`);
    await setTimeout(1);
  }
}

describe('HoldOff', () => {
  it('runs in the same turn of the event loop when idle', async () => {
    let runs = 0;
    const holdOff = new HoldOff(async () => void runs++);
    holdOff.mark();
    expect(runs).to.equal(0);
    await setImmediate();
    expect(runs).to.equal(1);
    holdOff.close();
  });

  it('makes one run of many marks', async () => {
    let runs = 0;
    const holdOff = new HoldOff(async () => void runs++);
    for (let i = 0; i < 100; i++) holdOff.mark();
    await setImmediate();
    expect(runs).to.equal(1);
    for (let i = 0; i < 100; i++) holdOff.mark();
    await until(() => runs === 2);
    holdOff.close();
  });

  it('runs during an endless burst, and not once per mark', async () => {
    let runs = 0;
    let marks = 0;
    const holdOff = new HoldOff(async () => void runs++);
    const burst = setInterval(() => {
      // Several at once: a busy machine may take long from one round to the next.
      for (let i = 0; i < 3; i++) holdOff.mark();
      marks += 3;
    }, 1);
    await until(() => runs >= 3);
    clearInterval(burst);
    holdOff.close();
    expect(runs).to.be.below(marks);
  });

  it('never runs twice at a time, and runs again for a mark that came meanwhile', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const gate = Promise.withResolvers<void>();
    const holdOff = new HoldOff(async () => {
      most = Math.max(most, ++running);
      runs++;
      if (runs === 1) await gate.promise;
      running--;
    });
    holdOff.mark();
    await setImmediate();
    holdOff.mark();
    expect(runs).to.equal(1);
    gate.resolve();
    await until(() => runs === 2);
    expect(most).to.equal(1);
    holdOff.close();
  });

  it('runs nothing after close', async () => {
    let runs = 0;
    const holdOff = new HoldOff(async () => void runs++);
    holdOff.mark();
    holdOff.close();
    holdOff.mark();
    await setImmediate();
    await setImmediate();
    expect(runs).to.equal(0);
  });
});
