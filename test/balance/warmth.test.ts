import { expect } from 'chai';
import { machineMs, toTick } from '../../src/balance/clock.ts';
import { endpointCell, type SharedState, upstreamCell } from '../../src/balance/shared.ts';
import type { Upstream } from '../../src/model/upstream.ts';
import { equal, picked, seeded, shares, world, type World } from './world.ts';

const windowMs = 1_000_000;
const slowStart = { windowMs, minShare: 0.1 };

/** Makes an endpoint that many milliseconds old. */
function setAge(shared: SharedState, slot: number, ageMs: number): void {
  Atomics.store(shared.cells, shared.endpoint(slot, endpointCell.since), toTick(machineMs() - ageMs));
  Atomics.add(shared.cells, shared.upstream(0, upstreamCell.health), 1);
}

/** Slot 0 has that age, the others are old. */
function aged(policy: Upstream['loadBalancer'], ageMs: number, size = 3): World {
  const w = world(policy, equal(size), seeded(9), { slowStart });
  for (let slot = 0; slot < size; slot++) setAge(w.shared, slot, slot === 0 ? ageMs : 10 * windowMs);
  return w;
}

describe('slow start', () => {
  for (const policy of ['RoundRobin', 'Weighted', 'Random'] as const) {
    for (const [share, ageMs] of [
      [0.1, 0],
      [0.5, windowMs / 2],
      [1, windowMs],
    ] as const) {
      it(`${policy} gives ${share} of its share to an endpoint of ${ageMs / windowMs} of the window`, () => {
        const picks = 30_000;
        const [young] = shares(aged(policy, ageMs).cluster, picks);
        const wanted = share / (2 + share);
        expect(young).to.be.closeTo(picks * wanted, 5 * Math.sqrt(picks * wanted * (1 - wanted)));
      });
    }
  }

  for (const size of [3, 64]) {
    it(`LeastConn keeps fewer requests on it, in a set of ${size}`, () => {
      const w = aged('LeastConn', windowMs / 2, size);
      for (let i = 0; i < 40 * size; i++) picked(w.cluster).begin();
      const [young, ...others] = w.set.current.map(({ inFlight }) => inFlight);
      const mean = others.reduce((sum, count) => sum + count, 0) / others.length;
      expect(young! / mean).to.be.closeTo(0.5, size === 3 ? 0.05 : 0.15);
    });
  }

  it('spreads a set that is all new evenly', () => {
    const w = world('RoundRobin', equal(4), seeded(2), { slowStart });
    for (let slot = 0; slot < 4; slot++) setAge(w.shared, slot, 1000);
    expect(shares(w.cluster, 400)).to.deep.equal([100, 100, 100, 100]);
  });

  it('is over when the window is', () => {
    const w = world('RoundRobin', equal(2), seeded(2), { slowStart: { windowMs: 1000, minShare: 0.01 } });
    setAge(w.shared, 1, 10_000);
    setAge(w.shared, 0, 0);
    expect(shares(w.cluster, 100)[0]).to.be.lessThan(45);
    const end = performance.now() + 1200;
    while (performance.now() < end) picked(w.cluster);
    expect(shares(w.cluster, 100)).to.deep.equal([50, 50]);
  });
});
