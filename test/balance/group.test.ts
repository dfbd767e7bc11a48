import { expect } from 'chai';
import type { PlacedEndpoint, PlacedUpstream } from '../../src/runtime/messages.ts';
import { equal, picked, seeded, setHealthy, shares, world, type World } from './world.ts';

type Extra = Partial<PlacedEndpoint>;
const placed = (...extras: readonly Extra[]): readonly PlacedEndpoint[] =>
  equal(extras.length).map((endpoint, i) => ({ ...endpoint, ...extras[i] }));
const grouped = (extras: readonly Extra[], more: Partial<PlacedUpstream> = {}): World =>
  world('Random', placed(...extras), seeded(5), more);
/** Within 5 standard deviations of a binomial share. */
function expectShares(w: World, wanted: readonly number[]): void {
  const picks = 20_000;
  const counts = shares(w.cluster, picks);
  for (const [slot, share] of wanted.entries()) {
    const bound = 5 * Math.sqrt(picks * share * (1 - share));
    expect(counts[slot], `slot ${slot}`).to.be.closeTo(picks * share, bound);
  }
}
const four = [{ priority: 0 }, { priority: 0 }, { priority: 3 }, { priority: 3 }];
const many = (near: number, far: number): readonly Extra[] => [
  ...Array.from({ length: near }, () => ({ priority: 0 })),
  ...Array.from({ length: far }, () => ({ priority: 1 })),
];

describe('groups of endpoints', () => {
  describe('by priority', () => {
    it('gives all requests to the lowest number', () => expectShares(grouped(four), [0.5, 0.5, 0, 0]));

    it('keeps them there while 71.4 % are healthy', () => {
      const w = grouped(many(4, 1));
      setHealthy(w.shared, 0, false);
      expectShares(w, [0, 1 / 3, 1 / 3, 1 / 3, 0]);
    });

    it('sends what they cannot take to the next: half healthy take 70 %', () => {
      const w = grouped(four);
      setHealthy(w.shared, 1, false);
      expectShares(w, [0.7, 0, 0.15, 0.15]);
    });

    it('sends all to the next when none is healthy, and back', () => {
      const w = grouped(four);
      for (const slot of [0, 1]) setHealthy(w.shared, slot, false);
      expectShares(w, [0, 0, 0.5, 0.5]);
      setHealthy(w.shared, 0, true);
      setHealthy(w.shared, 1, true);
      expectShares(w, [0.5, 0.5, 0, 0]);
    });

    it('takes the next group for a request that has tried the first', () => {
      const w = grouped(four);
      const tried = new Set(w.set.current.slice(0, 2));
      expect(picked(w.cluster, tried).priority).to.equal(3);
    });

    it('counts by what is healthy when all groups together cannot take all', () => {
      // 4 of 10 take 56, 2 of 10 take 28: together 84.
      const w = grouped(many(10, 10), { panicThreshold: 0 });
      for (let slot = 0; slot < 20; slot++)
        if (![0, 1, 2, 3, 10, 11].includes(slot)) setHealthy(w.shared, slot, false);
      expectShares(
        w,
        [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0].map((on) => (on * 56) / 84 / 4),
      );
    });
  });

  describe('in panic', () => {
    const healthyOf = (healthy: number, of: number, more: Partial<PlacedUpstream> = {}): World => {
      const w = world('Random', equal(of), seeded(6), more);
      for (let slot = healthy; slot < of; slot++) setHealthy(w.shared, slot, false);
      return w;
    };
    it('does not panic at the threshold', () => expectShares(healthyOf(2, 4), [0.5, 0.5, 0, 0]));
    it('takes all endpoints below it', () => expectShares(healthyOf(1, 4), [0.25, 0.25, 0.25, 0.25]));
    it('takes all endpoints when none is healthy', () => expectShares(healthyOf(0, 2), [0.5, 0.5]));
    it('has a threshold of its own', () =>
      expectShares(healthyOf(2, 4, { panicThreshold: 60 }), [0.25, 0.25, 0.25, 0.25]));
    it('never does at 0', () => {
      expectShares(healthyOf(1, 4, { panicThreshold: 0 }), [1, 0, 0, 0]);
      expect(healthyOf(0, 4, { panicThreshold: 0 }).cluster.pick()).to.equal('no-healthy-endpoint');
    });
    it('does not while another group can take all', () => {
      const w = grouped(four);
      for (const slot of [0, 1]) setHealthy(w.shared, slot, false);
      expectShares(w, [0, 0, 0.5, 0.5]);
    });
    it('holds for consistent hashing too', () => {
      const w = world('ConsistentHash', equal(3));
      for (const slot of [0, 1, 2]) setHealthy(w.shared, slot, false);
      expect(shares(w.cluster, 30)).to.deep.equal([10, 10, 10]);
    });
  });

  describe('by zone', () => {
    const a = { zone: 'a', forZones: ['a'] };
    const b = { zone: 'b', forZones: ['b'] };
    for (const [name, extras, more, wanted] of [
      ['takes the hinted ones', [a, b], { zone: 'a' }, [1, 0]],
      ['takes all when hints are missing', [a, { zone: 'b' }], { zone: 'a' }, [0.5, 0.5]],
      ['takes all when no hint is for this zone', [a, b], { zone: 'c' }, [0.5, 0.5]],
      ['takes all when its own zone is not known', [a, b], {}, [0.5, 0.5]],
      ['takes all when it is not to look', [a, b], { zone: 'a', zonePreference: 'Off' }, [0.5, 0.5]],
      [
        'takes those of its zone where that is wanted',
        [{ zone: 'a' }, { zone: 'b' }],
        { zone: 'b', zonePreference: 'SameZone' },
        [0, 1],
      ],
      [
        'takes the lowest priority before the nearest zone',
        [{ priority: 1, ...a }, b],
        { zone: 'a' },
        [0, 1],
      ],
    ] as const)
      it(name, () => expectShares(grouped(extras, more), wanted));

    it('goes to other zones when its own is down', () => {
      const w = grouped([a, b], { zone: 'a' });
      setHealthy(w.shared, 0, false);
      expectShares(w, [0, 1]);
    });
  });
});
