import { expect } from 'chai';
import { Placement } from '../../src/app/placement.ts';
import { SharedState } from '../../src/balance/shared.ts';
import { SlotTable } from '../../src/balance/slots.ts';
import type { Endpoint, Upstream } from '../../src/model/upstream.ts';

const upstream = (id: string): Upstream => ({ id, loadBalancer: 'RoundRobin', connectTimeoutMs: 1 });
const at = (...addresses: readonly string[]): readonly Endpoint[] =>
  addresses.map((address) => ({ address, port: 80, weight: 1 }));

describe('Placement', () => {
  let placement: Placement;
  beforeEach(() => void (placement = new Placement(new SlotTable(new SharedState()))));

  it('gives every upstream and every endpoint a slot of its own', () => {
    const upstreams = [upstream('u'), upstream('v')].map((one) => placement.upstream(one));
    expect(new Set(upstreams.map(({ slot }) => slot)).size).to.equal(2);
    const endpoints = [placement.endpoints('u', at('a', 'b')), placement.endpoints('v', at('a'))];
    expect(new Set(endpoints.flat().map(({ slot }) => slot)).size).to.equal(3);
    expect(endpoints[0]?.map(({ address }) => address)).to.deep.equal(['a', 'b']);
  });

  it('keeps the slot of an upstream that changes, and of an endpoint that stays while others come and go', () => {
    const { slot } = placement.upstream(upstream('u'));
    const [, b] = placement.endpoints('u', at('a', 'b'));
    expect(placement.upstream({ ...upstream('u'), connectTimeoutMs: 2 })).to.include({
      slot,
      connectTimeoutMs: 2,
    });
    const [fresh, stayed] = placement.endpoints('u', at('c', 'b'));
    expect(stayed?.slot).to.equal(b?.slot);
    expect(fresh?.slot).not.to.equal(b?.slot);
  });

  it('gives slots back with their upstream', () => {
    const small = new Placement(new SlotTable(new SharedState(), { endpoints: 2, upstreams: 2 }));
    const slots = ['u', 'v', 'w', 'x'].map((id) => {
      const { slot } = small.upstream(upstream(id));
      small.endpoints(id, at('a'));
      small.remove(id);
      return slot;
    });
    expect(new Set(slots).size).to.be.at.most(2);
  });

  it('tells upstreams where the process is, and what cookies are made with unless they have a secret of their own', () => {
    const cookie = { name: 'c', path: '/', sameSite: 'Lax', secure: false, httpOnly: true } as const;
    const told = new Placement(new SlotTable(new SharedState()), {
      zone: 'east',
      stickySecret: 'of the process',
    });
    const own = { ...upstream('own'), stickyCookie: { ...cookie, secret: 'its own' } };
    const upstreams = [upstream('u'), { ...upstream('v'), stickyCookie: cookie }, own];
    expect(
      upstreams
        .map((one) => told.upstream(one))
        .map(({ zone, stickyCookie }) => [zone, stickyCookie?.secret]),
    ).to.deep.equal([
      ['east', undefined],
      ['east', 'of the process'],
      ['east', 'its own'],
    ]);
    const alone = placement.upstream({ ...upstream('v'), stickyCookie: cookie });
    expect(alone.stickyCookie?.secret).to.have.length.above(16);
    expect(alone).to.not.have.property('zone');
  });
});
