import { mock } from 'node:test';
import { expect } from 'chai';
import { Slices } from '../../src/compile/slices.ts';

describe('Slices', () => {
  let now = 0;
  beforeEach(() => {
    now = 1000;
    mock.method(performance, 'now', () => now);
  });
  afterEach(() => mock.restoreAll());

  it('are due after a millisecond and a half, and again that long after a rest', async () => {
    const slices = new Slices();
    const due: boolean[] = [];
    const after = (ms: number): void => {
      now += ms;
      due.push(slices.due);
    };
    after(1.4);
    after(0.2);
    await slices.rest();
    after(1.4);
    after(0.2);
    expect(due).to.deep.equal([false, true, false, true]);
  });

  it('let what waits on the event loop run', async () => {
    let ran = false;
    setImmediate(() => (ran = true));
    await new Slices().rest();
    expect(ran).to.equal(true);
  });
});
