import { expect } from 'chai';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { machineMs, sinceTick, toTick } from '../../src/balance/clock.ts';

describe('the clock of the machine', () => {
  it('is the same on all threads', async () => {
    const url = new URL('../../src/balance/clock.ts', import.meta.url).href;
    const code = `import { machineMs } from ${JSON.stringify(url)};
      import { parentPort } from 'node:worker_threads';
      parentPort.postMessage(machineMs());`;
    const before = machineMs();
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    const ended = once(worker, 'exit');
    const [there] = (await once(worker, 'message')) as [number];
    // Two clocks that are read one after the other differ by less than a millisecond.
    expect(there).to.be.within(before - 1, machineMs() + 1);
    await ended;
  });

  it('tells an age to 64 ms, also when the cell has wrapped', () => {
    for (const at of [0, 1e9, 64 * 2 ** 31 - 100, 64 * 2 ** 32 - 100]) {
      expect(sinceTick(toTick(at), at)).to.equal(0);
      expect(sinceTick(toTick(at), at + 10_000)).to.be.closeTo(10_000, 64);
    }
  });
});
