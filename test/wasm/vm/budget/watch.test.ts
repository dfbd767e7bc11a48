import { expect } from 'chai';
import { makeEpochs, Epoch } from '../../../../src/wasm/vm/budget/epoch.ts';
import { Watch } from '../../../../src/wasm/vm/budget/watch.ts';

describe('the watch over a thread', () => {
  let epoch: Epoch;
  let watch: Watch;
  /** What the thread has computed; undefined where the system does not tell. */
  let cpu: number | undefined;

  beforeEach(() => {
    const epochs = makeEpochs(1);
    epoch = new Epoch(epochs, 0, 1);
    cpu = 1000;
    watch = new Watch(epoch.memory.buffer, () => ({ read: () => cpu }));
  });

  const spend = (ms: number): void => void (cpu = (cpu ?? 0) + ms);
  /** Looks from one moment to another as often as the watchdog does. */
  const lookAll = (from: number, to: number): void => {
    for (let now = from; now <= to; now++) watch.look(now);
  };

  it('ends a call that has computed for its limit', () => {
    epoch.enter(50);
    watch.look(0);
    for (let now = 1; now <= 49; now++) {
      spend(1);
      watch.look(now);
    }
    expect(epoch.leave()).to.equal(false);
    epoch.enter(50);
    watch.look(50);
    for (let now = 51; now <= 100; now++) {
      spend(1);
      watch.look(now);
    }
    expect(epoch.leave()).to.equal(true);
  });

  it('lets a call go on whose thread did not get to compute, ten times as long', () => {
    epoch.enter(50);
    spend(49);
    lookAll(0, 499);
    expect(epoch.leave()).to.equal(false);
    epoch.enter(50);
    lookAll(1000, 1500);
    expect(epoch.leave()).to.equal(true);
  });

  it('lets no call pay for a machine that stood still', () => {
    epoch.enter(50);
    watch.look(0);
    watch.look(4);
    // Some hypervisors have the time that they took counted as computed.
    spend(2000);
    watch.look(2004);
    lookAll(2005, 2030);
    expect(epoch.leave()).to.equal(false);
    expect(epoch.tookMs).to.be.below(50);
  });

  it('goes by the clock on the wall where the system does not tell what a thread computes', () => {
    cpu = undefined;
    epoch.enter(50);
    lookAll(0, 49);
    expect(epoch.leave()).to.equal(false);
    epoch.enter(50);
    lookAll(50, 100);
    expect(epoch.leave()).to.equal(true);
  });

  it('never takes the next call for the one before', () => {
    for (let now = 0; now < 1000; now += 40) {
      epoch.enter(50);
      watch.look(now);
      spend(40);
      expect(epoch.leave()).to.equal(false);
    }
  });

  it('leaves alone what has no limit', () => {
    epoch.enter(0);
    expect(watch.look(0)).to.equal(false);
    spend(1000);
    watch.look(10_000);
    expect(epoch.leave()).to.equal(false);
  });

  it('holds a call within a call to the limit of the outer one', () => {
    expect(epoch.enter(50)).to.equal(true);
    expect(epoch.enter(10)).to.equal(false);
    watch.look(0);
    spend(20);
    watch.look(20);
    expect(epoch.leave()).to.equal(false);
  });

  it('counts what calls compute, and nothing while their thread does not get to', () => {
    watch.look(0);
    epoch.enter(1000);
    watch.look(2);
    spend(10);
    watch.look(12);
    // The machine is busy: time passes, the thread does not compute.
    watch.look(500);
    epoch.leave();
    expect(epoch.tookMs).to.equal(12);
    epoch.enter(1000);
    epoch.leave();
    expect(epoch.tookMs).to.equal(0);
  });

  it('is right about many short calls in the sum, whichever it happens to see', () => {
    let sum = 0;
    // Half of each millisecond in a call, in steps of 0.1 ms; a look every 1.3 ms falls on any moment.
    for (let step = 0; step < 10_000; step++) {
      if (step % 10 === 0) epoch.enter(50);
      if (step % 13 === 0) watch.look(step / 10);
      spend(0.1);
      if (step % 10 !== 5) continue;
      epoch.leave();
      sum += epoch.tookMs;
    }
    expect(sum).to.be.within(450, 650);
  });

  it('suspects a call that it has seen twice, and no other', () => {
    epoch.enter(50);
    watch.look(0);
    expect(watch.suspects).to.equal(false);
    watch.look(4);
    expect(watch.suspects).to.equal(true);
    epoch.leave();
    epoch.enter(50);
    watch.look(8);
    expect(watch.suspects).to.equal(false);
    watch.look(9);
    epoch.leave();
    watch.look(10);
    expect(watch.suspects).to.equal(false);
  });

  it('is busy until it has seen a pause', () => {
    epoch.enter(50);
    expect(watch.look(0)).to.equal(true);
    epoch.leave();
    expect([watch.look(2), watch.look(4)]).to.deep.equal([true, false]);
  });
});
