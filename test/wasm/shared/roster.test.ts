import { expect } from 'chai';
import { makeRoster, Roster } from '../../../src/wasm/shared/roster.ts';
import { until } from '../world.ts';

describe('Roster', () => {
  let roster: Roster;

  beforeEach(() => {
    roster = new Roster(makeRoster(3));
  });

  it('knows the first of the living workers', () => {
    const first = (): boolean[] => [0, 1, 2].map((worker) => roster.isFirst(worker));
    roster.enter(1);
    roster.enter(2);
    expect(first(), '0 has not entered, but stands before them for itself').to.deep.equal([
      true,
      true,
      false,
    ]);
    roster.enter(0);
    expect(first()).to.deep.equal([true, false, false]);
    roster.strike(0);
    roster.strike(1);
    expect(first()).to.deep.equal([true, true, true]);
  });

  it('rings one worker, or all, at whatever view', async () => {
    const heard = [0, 0, 0];
    const other = new Roster(roster.buffer);
    for (const worker of [0, 1, 2])
      other.onRing(worker, () => (heard[worker] = (heard[worker] as number) + 1));
    roster.ring(1);
    await until('1 heard it', () => heard[1] === 1);
    roster.ring(1);
    roster.ring(1);
    await until('1 heard it again', () => (heard[1] as number) >= 2);
    expect([heard[0], heard[2]]).to.deep.equal([0, 0]);
    roster.ringAll();
    await until('all heard it', () => (heard[0] as number) > 0 && (heard[2] as number) > 0);
  });
});
