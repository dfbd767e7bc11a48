import { expect } from 'chai';
import { Placement } from '../../src/app/placement.ts';
import { SharedState } from '../../src/balance/shared.ts';
import { SlotTable } from '../../src/balance/slots.ts';
import type { Model } from '../../src/model/model.ts';
import type { Endpoint, Upstream } from '../../src/model/upstream.ts';

const upstream = (id: string, connectTimeoutMs = 1): Upstream => ({
  id,
  loadBalancer: 'RoundRobin',
  connectTimeoutMs,
});
const at = (...addresses: readonly string[]): readonly Endpoint[] =>
  addresses.map((address) => ({ address, port: 80, weight: 1 }));
const modelOf = (
  upstreams: readonly Upstream[],
  endpoints: Readonly<Record<string, readonly Endpoint[]>>,
): Model => ({
  routes: new Map(),
  upstreams: new Map(upstreams.map((one) => [one.id, one])),
  plugins: new Map(),
  certificates: new Map(),
  endpoints: new Map(Object.entries(endpoints)),
});
const none = new Map();

describe('Placement', () => {
  let placement: Placement;
  beforeEach(() => void (placement = new Placement(new SlotTable(new SharedState()))));

  it('gives every upstream and every endpoint a slot of its own', () => {
    const model = modelOf([upstream('u'), upstream('v')], { u: at('a', 'b'), v: at('a') });
    const { upstreams, endpoints } = placement.place(model, none);
    expect(new Set([...upstreams.values()].map(({ slot }) => slot)).size).to.equal(2);
    expect(new Set([...endpoints.values()].flat().map(({ slot }) => slot)).size).to.equal(3);
    expect(endpoints.get('u')?.map(({ address }) => address)).to.deep.equal(['a', 'b']);
  });

  it('keeps the identity of what did not change', () => {
    const model = modelOf([upstream('u'), upstream('v')], { u: at('a'), v: at('b') });
    const before = placement.place(model, none);
    const changed = upstream('v', 2);
    const next = { ...model, upstreams: new Map([...model.upstreams, ['v', changed]]) };
    const after = placement.place(next, none);
    expect(after.upstreams.get('u')).to.equal(before.upstreams.get('u'));
    expect(after.upstreams.get('v')).to.deep.equal({ ...changed, slot: before.upstreams.get('v')?.slot });
    for (const id of ['u', 'v']) expect(after.endpoints.get(id)).to.equal(before.endpoints.get(id));
    expect(after.routes).to.equal(model.routes);
  });

  it('keeps the slot of an endpoint that stays while others come and go', () => {
    const model = modelOf([upstream('u')], { u: at('a', 'b') });
    const slotOf = (
      address: string,
      all: ReadonlyMap<string, readonly { address: string; slot: number }[]>,
    ) => all.get('u')?.find((endpoint) => endpoint.address === address)?.slot;
    const before = placement.place(model, none).endpoints;
    const after = placement.placeEndpoints(new Map([['u', at('c', 'b')]]));
    expect(slotOf('b', after)).to.equal(slotOf('b', before)).and.not.equal(undefined);
    expect(slotOf('c', after)).not.to.equal(slotOf('b', after));
  });

  it('gives slots back with their upstream', () => {
    const small = new Placement(new SlotTable(new SharedState(), { endpoints: 2, upstreams: 2 }));
    const slots = ['u', 'v', 'w', 'x'].map(
      (id) => small.place(modelOf([upstream(id)], { [id]: at('a') }), none).upstreams.get(id)?.slot,
    );
    // Not the one that was just given back while there is another.
    expect(slots).to.deep.equal([0, 1, 0, 1]);
  });

  it('tells upstreams where the process is, and what cookies are made with unless they have a secret of their own', () => {
    const cookie = { name: 'c', path: '/', sameSite: 'Lax', secure: false, httpOnly: true } as const;
    const place = { zone: 'east', stickySecret: 'of the process' };
    const told = new Placement(new SlotTable(new SharedState()), place);
    const own = { ...upstream('own'), stickyCookie: { ...cookie, secret: 'its own' } };
    const model = modelOf([upstream('u'), { ...upstream('v'), stickyCookie: cookie }, own], {});
    const { upstreams } = told.place(model, none);
    expect(
      [...upstreams.values()].map(({ zone, stickyCookie }) => [zone, stickyCookie?.secret]),
    ).to.deep.equal([
      ['east', undefined],
      ['east', 'of the process'],
      ['east', 'its own'],
    ]);
    const alone = placement.place(modelOf([{ ...upstream('v'), stickyCookie: cookie }], {}), none);
    expect(alone.upstreams.get('v')?.stickyCookie?.secret).to.have.length.above(16);
    expect(alone.upstreams.get('v')).to.not.have.property('zone');
  });
});
