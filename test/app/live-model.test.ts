import { expect } from 'chai';
import { LiveModel, type ModelChanges } from '../../src/app/live-model.ts';
import { Placement } from '../../src/app/placement.ts';
import { DnsEndpoints } from '../../src/balance/dns-endpoints.ts';
import { SharedState } from '../../src/balance/shared.ts';
import { SlotTable } from '../../src/balance/slots.ts';
import type { Model } from '../../src/model/model.ts';
import type { Endpoint, Upstream } from '../../src/model/upstream.ts';
import { eventually } from '../support/wait.ts';
import { route } from '../compile/world.ts';

const upstream = (id: string, more: Partial<Upstream> = {}): Upstream => ({
  id,
  loadBalancer: 'RoundRobin',
  connectTimeoutMs: 1,
  ...more,
});
const at = (...addresses: readonly string[]): readonly Endpoint[] =>
  addresses.map((address) => ({ address, port: 80, weight: 1 }));
const none = new Map();
const nothing: ModelChanges = { routes: [], upstreams: [], plugins: [], certificates: [], endpoints: [] };
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

describe('LiveModel', () => {
  let failures: string[];
  let moved: number;
  let dns: DnsEndpoints;
  const make = (slots = { endpoints: 10, upstreams: 10 }): LiveModel =>
    new LiveModel(new Placement(new SlotTable(new SharedState(), slots)), dns, (id) => failures.push(id));

  beforeEach(() => {
    failures = [];
    moved = 0;
    dns = new DnsEndpoints(
      () => moved++,
      () => {},
      async () => ({ addresses: ['10.0.0.9'], ttlMs: 60_000 }),
    );
  });
  afterEach(() => dns.close());

  it('takes what changed and nothing else, and says what workers must be told', () => {
    const live = make();
    const model = modelOf([upstream('u'), upstream('v')], { u: at('10.0.0.1'), v: at('10.0.0.2') });
    const routes = new Map([['r', route('r', 'r.test')]]);
    const first = live.take(
      { ...model, routes },
      { ...nothing, routes: ['r'], upstreams: ['u'], endpoints: ['u'] },
      none,
    );
    expect(first.routes.set).to.deep.equal([routes.get('r')]);
    expect(first.upstreams.set.map(({ id }) => id)).to.deep.equal(['u']);
    expect(first.endpoints.map((change) => change.upstream)).to.deep.equal(['u']);
    expect([...live.placed.upstreams.keys()]).to.deep.equal(['u']);
    const again = live.take({ ...model, routes }, { ...nothing, routes: ['r'], upstreams: ['u'] }, none);
    expect([again.routes.set, again.upstreams.set, again.endpoints]).to.deep.equal([[], [], []]);
    const gone = live.take(
      modelOf([], {}),
      { ...nothing, routes: ['r'], upstreams: ['u'], endpoints: ['u'] },
      none,
    );
    expect([gone.routes.removed, gone.upstreams.removed, gone.endpoints]).to.deep.equal([['r'], ['u'], []]);
    expect([live.placed.routes.size, live.placed.upstreams.size, live.placed.endpoints.size]).to.deep.equal([
      0, 0, 0,
    ]);
  });

  it('knows those among the upstreams whose state can change', () => {
    const live = make();
    const take = (...upstreams: readonly Upstream[]): readonly string[] => {
      const ids = ['plain', 'checked', 'judged', 'broken'];
      live.take(modelOf(upstreams, {}), { ...nothing, upstreams: ids }, none);
      for (const [id, one] of live.watched) expect(live.placed.upstreams.get(id)).to.equal(one);
      return [...live.watched.keys()];
    };
    const some = {} as never;
    const judged = upstream('judged', { outlierDetection: some });
    const broken = upstream('broken', { circuitBreaker: some });
    const checked = upstream('checked', { healthCheck: some });
    expect(take(upstream('plain'), checked, judged, broken)).to.have.members(['checked', 'judged', 'broken']);
    expect(take(upstream('plain'), upstream('checked'), judged)).to.deep.equal(['judged']);
    expect(take({ ...judged })).to.deep.equal(['judged']);
    expect(take()).to.deep.equal([]);
  });

  it('takes endpoints alone', () => {
    const live = make();
    live.take(modelOf([upstream('u')], {}), { ...nothing, upstreams: ['u'] }, none);
    const [change] = live.takeEndpoints(new Map([['u', at('10.0.0.1')]]), ['u']);
    expect(change?.endpoints.map(({ address }) => address)).to.deep.equal(['10.0.0.1']);
    expect(live.placed.endpoints.get('u')).to.equal(change?.endpoints);
  });

  it('puts addresses where names stand, as soon as they are known', async () => {
    const live = make();
    const named = upstream('u', {
      dns: { family: 'Any', minIntervalMs: 1000, maxIntervalMs: 1000 } as never,
    });
    const model = modelOf([named], { u: at('pod.test') });
    live.take(model, { ...nothing, upstreams: ['u'], endpoints: ['u'] }, none);
    expect(live.placed.endpoints.get('u')?.[0]?.address).to.equal('pod.test');
    await eventually('an answer', () => moved > 0);
    const [change] = live.takeEndpoints(model.endpoints, []);
    expect(change?.endpoints.map(({ address }) => address)).to.deep.equal(['10.0.0.9']);
    expect(live.model.endpoints.get('u'), 'as they were told').to.deep.equal(at('pod.test'));
    expect(live.takeEndpoints(model.endpoints, []), 'once').to.deep.equal([]);
  });

  it('goes on with the others when there is no place for one, and tries it again', () => {
    const live = make({ endpoints: 10, upstreams: 1 });
    const both = modelOf([upstream('u'), upstream('v')], { u: at('10.0.0.1'), v: at('10.0.0.2') });
    const changes = { ...nothing, upstreams: ['u', 'v'], endpoints: ['u', 'v'] };
    const first = live.take(both, changes, none);
    expect([first.upstreams.set.map(({ id }) => id), failures]).to.deep.equal([['u'], ['v']]);
    live.take(both, nothing, none);
    expect(failures, 'said once').to.deep.equal(['v']);
    const left = modelOf([upstream('v')], { v: at('10.0.0.2') });
    const second = live.take(left, { ...nothing, upstreams: ['u'], endpoints: ['u'] }, none);
    expect(second.upstreams.set.map(({ id }) => id)).to.deep.equal(['v']);
    expect(second.endpoints.map((change) => change.upstream)).to.deep.equal(['v']);
  });
});
