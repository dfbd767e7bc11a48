import { expect } from 'chai';
import { endpointCell, makeLedger, SharedState } from '../../src/balance/shared.ts';

describe('SharedState', () => {
  const inFlight = (shared: SharedState, slot: number): number =>
    Atomics.load(shared.cells, shared.endpoint(slot, endpointCell.inFlight));

  it('counts out what a thread that ended had in flight, and nothing of the others', () => {
    const control = new SharedState();
    const [one, two] = [makeLedger(), makeLedger()];
    const first = new SharedState(control.buffer, one);
    const second = new SharedState(control.buffer, two);
    for (let i = 0; i < 5; i++) first.countInFlight(7, 1);
    first.countInFlight(7, -1);
    second.countInFlight(7, 1);
    second.countInFlight(9, 1);
    expect(inFlight(control, 7)).to.equal(5);
    control.settle(one);
    expect(inFlight(control, 7)).to.equal(1);
    expect(inFlight(control, 9)).to.equal(1);
    control.settle(two);
    expect(inFlight(control, 7)).to.equal(0);
  });

  it('keeps the cells of endpoints and upstreams apart', () => {
    const shared = new SharedState();
    const last = shared.endpoint((1 << 17) - 1, Math.max(...Object.values(endpointCell)));
    expect(shared.upstream(0, 0)).to.equal(last + 1);
    expect(shared.cells.length).to.be.above(shared.upstream((1 << 15) - 1, 6));
  });
});
