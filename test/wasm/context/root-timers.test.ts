import { expect } from 'chai';
import type { RootContext } from '../../../src/wasm/context/context.ts';
import { RootTimers } from '../../../src/wasm/context/root-timers.ts';
import { caller } from '../host/caller.ts';
import { until } from '../world.ts';

describe('timers of root contexts', () => {
  let ticked: RootContext[];
  let onTick: (root: RootContext) => void;
  let timers: RootTimers;
  const [root, other] = [caller().root, caller().root];

  beforeEach(() => {
    ticked = [];
    onTick = () => {};
    timers = new RootTimers((tickedRoot) => {
      ticked.push(tickedRoot);
      onTick(tickedRoot);
    });
  });
  afterEach(() => timers.stopAll());

  const count = (wanted: RootContext): number => ticked.filter((one) => one === wanted).length;

  it('tick again and again, each root by itself', async () => {
    timers.set(root, 1);
    timers.set(other, 2);
    await until('both ticked', () => count(root) > 3 && count(other) > 3);
  });

  it('stop with a period of 0, in a tick too', async () => {
    onTick = (ticking) => ticking === root && timers.set(root, 0);
    timers.set(root, 1);
    timers.set(other, 1);
    await until('the other ticked', () => count(other) > 5);
    expect(count(root)).to.equal(1);
    timers.set(other, 0);
    timers.set(root, 3);
    const before = count(other);
    await until('the first ticked again', () => count(root) === 2);
    expect(count(other)).to.equal(before);
  });

  it('take another period at once, also from one that would never end', async () => {
    timers.set(root, 0xffffffff);
    timers.set(root, 1);
    await until('it ticked', () => count(root) > 0);
  });

  it('take a period in a tick for the next one', async () => {
    let changed = false;
    onTick = () => {
      if (!changed) timers.set(root, 2);
      changed = true;
    };
    timers.set(root, 1);
    await until('it went on', () => count(root) > 3);
  });

  it('are not put off by asking for the same period again', async () => {
    timers.set(root, 5);
    await until('it ticked although somebody asks all the time', () => {
      timers.set(root, 5);
      return count(root) > 1;
    });
  });

  it('wait for a period beyond those of Node', async () => {
    timers.set(root, 0xffffffff);
    timers.set(other, 1);
    await until('the other ticked', () => count(other) > 5);
    expect(count(root)).to.equal(0);
  });
});
