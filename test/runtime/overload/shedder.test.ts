import { expect } from 'chai';
import type { Priority } from '../../../src/model/model.ts';
import { Shares } from '../../../src/runtime/overload/shares.ts';
import { Shedder } from '../../../src/runtime/overload/shedder.ts';

const limits = { loopDelayMs: 200, memoryPercent: 0 };
/** What a request costs that is served, and one that is refused. */
const serveMs = 0.1;
const lookMs = 100;

/** Pseudo-random numbers that are the same in each run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Load {
  /** Arrivals in multiples of what can be served. */
  readonly offered: number;
  readonly refusalShare: number;
  readonly seconds: number;
  readonly sheds?: boolean;
  /** Of the requests, by priority; all Normal without it. */
  readonly mix?: Readonly<Partial<Record<Priority, number>>>;
}

/**
 * An event loop as a queue: each round takes all that has arrived during the last one. A response counts that came within a second,
 * the time after which clients give up.
 */
class Loop {
  readonly shedder = new Shedder(limits);
  readonly #shares = new Shares(seeded(7));
  readonly #random = seeded(11);
  #now = 0;
  #queue: { at: number; priority: Priority }[] = [];
  #lookedAt = 0;
  #busyMs = 0;
  #leastDelay = Infinity;

  run({ offered, refusalShare, seconds, sheds = true, mix = { Normal: 1 } }: Load): {
    good: number;
    shed: number;
    arrived: number;
    served: Record<Priority, number>;
    of: Record<Priority, number>;
  } {
    const end = this.#now + seconds * 1000;
    const served = { High: 0, Normal: 0, Low: 0 };
    const of = { High: 0, Normal: 0, Low: 0 };
    let [good, shed, arrived] = [0, 0, 0];
    const everyMs = serveMs / offered;
    let nextAt = this.#now;
    while (this.#now < end) {
      const began = this.#now;
      const round = this.#queue;
      this.#queue = [];
      for (const { at, priority } of round) {
        if (sheds && this.shedder.alert && !this.#takes(priority, this.#now - began)) {
          this.#now += serveMs * refusalShare;
          shed++;
          continue;
        }
        this.#now += serveMs;
        if (this.#now - at < 1000) {
          good++;
          served[priority]++;
        }
      }
      this.#busyMs += this.#now - began;
      this.#leastDelay = Math.min(this.#leastDelay, this.#now - began);
      if (round.length === 0) this.#now += 1;
      for (; nextAt < this.#now; nextAt += everyMs) {
        const priority = this.#draw(mix);
        this.#queue.push({ at: nextAt, priority });
        of[priority]++;
        arrived++;
      }
      this.#look();
    }
    return { good, shed, arrived, served, of };
  }

  #takes(priority: Priority, delayMs: number): boolean {
    return this.#shares.take(priority) && !this.shedder.isTooLate(priority, delayMs);
  }

  #look(): void {
    const sinceMs = this.#now - this.#lookedAt;
    if (sinceMs < lookMs) return;
    this.shedder.look({ delayMs: this.#leastDelay, utilization: this.#busyMs / sinceMs, cpu: 1, memory: 0 });
    this.#shares.share(this.shedder.admitted);
    this.#lookedAt = this.#now;
    this.#busyMs = 0;
    this.#leastDelay = Infinity;
  }

  #draw(mix: NonNullable<Load['mix']>): Priority {
    let point = this.#random();
    for (const [priority, share] of Object.entries(mix)) {
      point -= share;
      if (point < 0) return priority as Priority;
    }
    return 'Normal';
  }
}

const capacity = (seconds: number): number => (seconds * 1000) / serveMs;

describe('Shedder', () => {
  it('is needed: without it nothing is answered in time at three times what can be served', () => {
    const { good } = new Loop().run({ offered: 3, refusalShare: 0.05, seconds: 6, sheds: false });
    expect(good / capacity(6)).to.be.below(0.3);
  });

  for (const offered of [1.1, 1.5, 2, 3, 5]) {
    it(`keeps four fifths of what can be served at ${offered} times that`, () => {
      const { good } = new Loop().run({ offered, refusalShare: 0.03, seconds: 12 });
      expect(good / capacity(12)).to.be.above(0.8);
    });
  }

  for (const offered of [0.3, 0.9, 0.98]) {
    it(`sheds nothing at ${offered} of what can be served`, () => {
      expect(new Loop().run({ offered, refusalShare: 0.05, seconds: 12 }).shed).to.equal(0);
    });
  }

  it('serves those of a high priority before the others, and of the low ones nothing', () => {
    const loop = new Loop();
    loop.run({ offered: 3, refusalShare: 0.03, seconds: 5, mix: { High: 0.2, Normal: 0.4, Low: 0.4 } });
    const { served, of } = loop.run({
      offered: 3,
      refusalShare: 0.03,
      seconds: 12,
      mix: { High: 0.2, Normal: 0.4, Low: 0.4 },
    });
    const share = (priority: Priority): number => served[priority] / of[priority];
    expect(share('High')).to.be.above(0.95);
    expect(share('Normal')).to.be.within(0.1, 0.5);
    expect(share('Low')).to.be.below(0.02);
  });

  it('lets all in again when it is over', () => {
    const loop = new Loop();
    loop.run({ offered: 5, refusalShare: 0.05, seconds: 10 });
    expect(loop.shedder.admitted).to.be.below(0.5);
    loop.run({ offered: 0.5, refusalShare: 0.05, seconds: 5 });
    expect(loop.shedder.admitted).to.equal(1);
    expect(loop.run({ offered: 0.5, refusalShare: 0.05, seconds: 5 }).shed).to.equal(0);
  });

  it('refuses connections while even refusing requests is too much, and not beyond that', () => {
    const loop = new Loop();
    loop.run({ offered: 3, refusalShare: 0.05, seconds: 10 });
    expect(loop.shedder.refusing).to.equal(false);
    loop.run({ offered: 4, refusalShare: 0.5, seconds: 12 });
    expect(loop.shedder.refusing).to.equal(true);
    loop.run({ offered: 0.5, refusalShare: 0.5, seconds: 60 });
    expect(loop.shedder.refusing).to.equal(false);
  });

  it('takes one long round for no overload, and two neither', () => {
    const shedder = new Shedder(limits);
    for (let i = 0; i < 50; i++) {
      for (const delayMs of [900, 900, 10]) shedder.look({ delayMs, utilization: 0.9, cpu: 1, memory: 0 });
      expect(shedder.admitted).to.equal(1);
    }
  });

  it('sheds nothing where it is late because others have the CPU', () => {
    const shedder = new Shedder(limits);
    for (let i = 0; i < 50; i++) shedder.look({ delayMs: 900, utilization: 1, cpu: 0.09, memory: 0 });
    expect([shedder.admitted, shedder.alert]).to.deep.equal([1, false]);
  });

  it('does not look at what is set to 0', () => {
    const shedder = new Shedder({ loopDelayMs: 0, memoryPercent: 0 });
    for (let i = 0; i < 50; i++) shedder.look({ delayMs: 9000, utilization: 1, cpu: 1, memory: 1 });
    expect([shedder.admitted, shedder.refusing]).to.deep.equal([1, false]);
  });

  it('lets in the less the less memory is left, then nothing, and goes back a little lower', () => {
    const shedder = new Shedder({ loopDelayMs: 0, memoryPercent: 90 });
    const seen = [0.89, 0.9, 0.93, 0.96, 0.99, 0.95, 0.89, 0.86, 0.89].map((memory) => {
      shedder.look({ delayMs: 0, utilization: 0, cpu: 0, memory });
      return [Math.round(shedder.admitted * 100), shedder.refusing];
    });
    expect(seen).to.deep.equal([
      [100, false],
      [100, false],
      [50, false],
      [0, true],
      [0, true],
      [17, false],
      [17, false],
      [100, false],
      [100, false],
    ]);
  });
});

describe('Shares', () => {
  const taken = (shares: Shares, priority: Priority, times: number): number => {
    let count = 0;
    for (let i = 0; i < times; i++) if (shares.take(priority)) count++;
    return count / times;
  };

  for (const [admitted, high, normal, low] of [
    [0.1, 0.5, 0, 0],
    [0.2, 1, 0, 0],
    [0.5, 1, 0.5, 0],
    [0.8, 1, 1, 0],
    [0.9, 1, 1, 0.5],
  ] as const) {
    it(`gives ${admitted} of all to those that come first`, () => {
      const shares = new Shares(seeded(3));
      for (const [priority, times] of [
        ['High', 200],
        ['Normal', 600],
        ['Low', 200],
      ] as const)
        taken(shares, priority, times);
      shares.share(admitted);
      // Five standard deviations of 10,000 draws.
      expect(taken(shares, 'High', 10_000)).to.be.closeTo(high, 0.025);
      expect(taken(shares, 'Normal', 10_000)).to.be.closeTo(normal, 0.025);
      expect(taken(shares, 'Low', 10_000)).to.be.closeTo(low, 0.025);
    });
  }

  it('knows nothing at first, and takes the middle for all', () => {
    const shares = new Shares(seeded(5));
    shares.share(0.5);
    expect(taken(shares, 'High', 1000)).to.equal(1);
    expect(taken(shares, 'Normal', 10_000)).to.be.closeTo(0.5, 0.025);
    expect(taken(shares, 'Low', 1000)).to.equal(0);
  });
});
