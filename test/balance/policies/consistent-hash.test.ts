import { expect } from 'chai';
import type { LiveEndpoint } from '../../../src/balance/endpoints.ts';
import type { Cluster } from '../../../src/balance/cluster.ts';
import { chiSquare, endpoints, equal, request, setHealthy, world } from '../world.ts';

const keyed = (key: string | number): ReturnType<typeof request> => request({ headers: { key: `${key}` } });

function slotOf(cluster: Cluster, key: string | number, skip?: ReadonlySet<LiveEndpoint>): number {
  const picked = cluster.pick(skip, keyed(key));
  if (typeof picked === 'string') throw new Error(picked);
  return picked.slot;
}

const owners = (cluster: Cluster, keys: number): readonly number[] =>
  Array.from({ length: keys }, (_, i) => slotOf(cluster, i));

function counts(slots: readonly number[], size: number): readonly number[] {
  const sums = Array<number>(size).fill(0);
  for (const slot of slots) sums[slot] = sums[slot]! + 1;
  return sums;
}

describe('consistent_hash', () => {
  it('always takes the same endpoint for a key, on every worker', () => {
    const [one, other] = [
      world('ConsistentHash', equal(7)).cluster,
      world('ConsistentHash', equal(7)).cluster,
    ];
    expect(owners(one, 200)).to.deep.equal(owners(other, 200));
  });

  it('spreads keys evenly', () => {
    const { cluster } = world('ConsistentHash', equal(10));
    // 9 degrees of freedom: 99.9 % below 27.88.
    expect(chiSquare(counts(owners(cluster, 50_000), 10))).to.be.lessThan(27.88);
  });

  it('moves at most 2 % of the keys beyond its share when one of 100 leaves, and all come back with it', () => {
    const all = equal(100);
    const { set, cluster } = world('ConsistentHash', all);
    const before = owners(cluster, 20_000);
    set.replace(all.filter(({ slot }) => slot !== 41));
    const after = owners(cluster, 20_000);
    const moved = before.filter((slot, i) => slot !== after[i]).length / 20_000;
    // Its share of the keys is binomial(20000, 0.01): within 5 standard deviations, 0.35 %.
    expect(moved).to.be.within(0.0065, 0.01 + 0.02 + 0.0035);
    set.replace(all);
    expect(owners(cluster, 20_000)).to.deep.equal(before);
  });

  it('spreads the keys of an unhealthy endpoint over all others, and moves no other', () => {
    const { shared, cluster } = world('ConsistentHash', equal(5));
    const before = owners(cluster, 25_000);
    setHealthy(shared, 2, false);
    const after = owners(cluster, 25_000);
    const orphans = after.filter((_, i) => before[i] === 2);
    expect(after.filter((slot, i) => slot !== before[i])).to.have.length(orphans.length);
    const [a, b, none, c, d] = counts(orphans, 5);
    expect(none).to.equal(0);
    // 3 degrees of freedom: 99.9 % below 16.27.
    expect(chiSquare([a!, b!, c!, d!])).to.be.lessThan(16.27);
    setHealthy(shared, 2, true);
    expect(owners(cluster, 25_000)).to.deep.equal(before);
  });

  it('gives keys in proportion to the weights, none to weight 0', () => {
    const { cluster } = world('ConsistentHash', endpoints(6, 3, 0, 1));
    const [a, b, none, c] = counts(owners(cluster, 50_000), 4);
    expect(none).to.equal(0);
    // Binomial shares, within 5 standard deviations.
    for (const [count, share] of [
      [a!, 0.6],
      [b!, 0.3],
      [c!, 0.1],
    ] as const)
      expect(count).to.be.closeTo(50_000 * share, 5 * Math.sqrt(50_000 * share * (1 - share)));
  });

  it('takes another for a retry, the same one each time', () => {
    const { set, cluster } = world('ConsistentHash', equal(4));
    const first = slotOf(cluster, 'a');
    const tried = new Set([set.current[first]!]);
    const second = slotOf(cluster, 'a', tried);
    expect(second).to.not.equal(first);
    expect(slotOf(cluster, 'a', tried)).to.equal(second);
    tried.add(set.current[second]!);
    expect([first, second]).to.not.include(slotOf(cluster, 'a', tried));
    expect(cluster.pick(new Set(set.current), keyed('a'))).to.equal('no-healthy-endpoint');
  });

  it('finds the one that is healthy among many that are not', () => {
    const { shared, cluster } = world('ConsistentHash', equal(200), undefined, { panicThreshold: 0 });
    for (let slot = 0; slot < 200; slot++) if (slot !== 77) setHealthy(shared, slot, false);
    expect(new Set(owners(cluster, 100))).to.deep.equal(new Set([77]));
  });

  it('takes the fallback for a request without the key, and steps over the unhealthy', () => {
    const { shared, cluster } = world('ConsistentHash', equal(3));
    const take = (): number => (cluster.pick(undefined, request()) as LiveEndpoint).slot;
    expect([take(), take(), take(), take()]).to.deep.equal([0, 1, 2, 0]);
    setHealthy(shared, 1, false);
    expect(counts(Array.from({ length: 90 }, take), 3)[1]).to.equal(0);
  });
});
