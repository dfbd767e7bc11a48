import { expect } from 'chai';
import { Breaker } from '../../src/balance/breaker.ts';
import { LiveEndpoint } from '../../src/balance/endpoints.ts';
import { endpointCell, SharedState } from '../../src/balance/shared.ts';
import { SlotTable } from '../../src/balance/slots.ts';
import { LoomError } from '../../src/errors.ts';
import type { Endpoint } from '../../src/model/upstream.ts';

const at = (port: number, weight = 1): Endpoint => ({ address: '10.0.0.1', port, weight });

function table(
  endpoints = 4,
  upstreams = 4,
): {
  shared: SharedState;
  slots: SlotTable;
  place: (upstream: string, ...ports: number[]) => readonly number[];
} {
  const shared = new SharedState();
  const slots = new SlotTable(shared, { endpoints, upstreams });
  return {
    shared,
    slots,
    place: (upstream, ...ports) =>
      slots
        .endpoints(
          upstream,
          ports.map((port) => at(port)),
        )
        .map(({ slot }) => slot),
  };
}

describe('SlotTable', () => {
  it('gives every upstream a slot that stays', () => {
    const { slots } = table();
    expect(['a', 'b', 'a'].map((id) => slots.upstream(id))).to.deep.equal([0, 1, 0]);
  });

  it('keeps the slots of endpoints that stay, whatever their order and weight', () => {
    const { slots, place } = table();
    expect(place('a', 1, 2)).to.deep.equal([0, 1]);
    expect(slots.endpoints('a', [at(3), at(2, 9), at(1)])).to.deep.equal([
      { ...at(3), slot: 2 },
      { ...at(2, 9), slot: 1 },
      { ...at(1), slot: 0 },
    ]);
  });

  it('keeps the same address apart in two upstreams', () => {
    const { place } = table();
    expect([place('a', 1), place('b', 1)]).to.deep.equal([[0], [1]]);
  });

  it('gives a freed slot out again last, with clean health', () => {
    const { shared, place } = table(3);
    place('a', 1);
    Atomics.store(shared.cells, shared.endpoint(0, endpointCell.unhealthy), 1);
    place('a');
    expect(place('a', 2, 3, 4)).to.deep.equal([1, 2, 0]);
    expect(Atomics.load(shared.cells, shared.endpoint(0, endpointCell.unhealthy))).to.equal(0);
  });

  it('keeps the slot of a gone endpoint while something is in flight there', () => {
    const { shared, place } = table(2);
    place('a', 1, 2);
    const old = new LiveEndpoint({ ...at(1), slot: 0 }, shared);
    old.begin();
    place('a', 2);
    expect(() => place('a', 2, 3)).to.throw('all 2 endpoint slots are taken, none is left for upstream a');
    old.end();
    expect(place('a', 2, 3)).to.deep.equal([1, 0]);
  });

  it('keeps it while a connection to it is counted, too', () => {
    const { shared, place } = table(2);
    place('a', 1, 2);
    const cell = shared.endpoint(0, endpointCell.connections);
    expect(shared.countBelow(cell, 1)).to.equal(true);
    place('a', 2);
    expect(() => place('a', 2, 3)).to.throw('all 2 endpoint slots are taken');
    shared.count(cell, -1);
    expect(place('a', 2, 3)).to.deep.equal([1, 0]);
  });

  it('gives an endpoint that comes back while it is leaving its own slot and count', () => {
    const { shared, place } = table();
    place('a', 1);
    const old = new LiveEndpoint({ ...at(1), slot: 0 }, shared);
    old.begin();
    Atomics.store(shared.cells, shared.endpoint(0, endpointCell.unhealthy), 1);
    place('a');
    expect(place('a', 7, 1)).to.deep.equal([1, 0]);
    expect(old).to.include({ inFlight: 1, healthy: true });
    old.end();
    expect(place('a', 7, 1, 8)).to.deep.equal([1, 0, 2]);
  });

  it('leaves everything as it was when it is full', () => {
    const { place } = table(3);
    place('a', 1, 2);
    expect(() => place('b', 1, 2))
      .to.throw(LoomError)
      .with.property('code', 'internal');
    expect(place('b', 9)).to.deep.equal([2]);
    expect(place('a', 1, 2)).to.deep.equal([0, 1]);
  });

  it('says so when there are too many upstreams', () => {
    const { slots } = table(4, 1);
    slots.upstream('a');
    expect(() => slots.upstream('b')).to.throw('all 1 upstream slots are taken, none is left for upstream b');
  });

  it('frees an upstream only when nothing is in flight to its endpoints', () => {
    const { shared, slots, place } = table(4, 1);
    place('a', 1);
    const old = new LiveEndpoint({ ...at(1), slot: 0 }, shared);
    old.begin();
    slots.removeUpstream('a');
    expect(() => slots.upstream('b')).to.throw('upstream slots are taken');
    old.end();
    expect(slots.upstream('b')).to.equal(0);
  });

  it('gives a reused upstream slot a closed breaker that does not hear its former owner', () => {
    const { shared, slots } = table(4, 1);
    const settings = { failureThreshold: 1, successThreshold: 1, timeoutMs: 60_000 };
    const breaker = new Breaker(settings, slots.upstream('a'), shared);
    const permit = breaker.enter();
    breaker.failure(permit);
    expect(breaker.state).to.equal('open');
    slots.removeUpstream('a');
    const next = new Breaker(settings, slots.upstream('b'), shared);
    expect([next.state, next.allow()]).to.deep.equal(['closed', true]);
    next.failure(permit);
    expect(next.state).to.equal('closed');
  });

  it('gives one slot to an endpoint that is listed twice', () => {
    const { place } = table(1);
    expect(place('a', 1, 1)).to.deep.equal([0, 0]);
  });
});
