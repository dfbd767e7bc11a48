import { expect } from 'chai';
import { diffEndpoints, diffModels, emptyModel, isEmpty, type PlacedModel } from '../../src/runtime/delta.ts';
import { plugin } from '../wasm/world.ts';

const route = (id: string) => ({ id, created: '', hosts: [], rules: [] });
const upstream = (id: string) => ({
  id,
  slot: 0,
  loadBalancer: 'Random' as const,
  connectTimeoutMs: 1,
});
const certificate = (id: string) => ({ id, hosts: [], cert: '', key: '' });
const endpoint = { address: '10.0.0.1', port: 80, weight: 1, slot: 0 };
const mapOf = <T extends { id: string }>(...all: readonly T[]): Map<string, T> =>
  new Map(all.map((one) => [one.id, one]));

const model: PlacedModel = {
  routes: mapOf(route('a'), route('b')),
  upstreams: mapOf(upstream('u')),
  plugins: mapOf({ ...plugin, id: 'p' }),
  certificates: mapOf(certificate('c')),
  endpoints: new Map([['u', [endpoint]]]),
};
const nothing = { set: [], removed: [] };

describe('diffModels', () => {
  it('is everything from the empty model, and the removal of everything to it', () => {
    const { routes, upstreams, plugins, certificates, endpoints } = diffModels(emptyModel, model);
    const sets = [routes, upstreams, plugins, certificates].map(({ set }) => set.map(({ id }) => id));
    expect(sets).to.deep.equal([['a', 'b'], ['u'], ['p'], ['c']]);
    expect(endpoints).to.deep.equal([{ upstream: 'u', endpoints: [endpoint] }]);
    const back = diffModels(model, emptyModel);
    expect(back.routes).to.deep.equal({ set: [], removed: ['a', 'b'] });
    expect(back.certificates.removed).to.deep.equal(['c']);
  });

  it('is empty between equal models, in new maps too', () => {
    expect(isEmpty(diffModels(model, model))).to.equal(true);
    expect(isEmpty(diffModels(model, { ...model, routes: new Map(model.routes) }))).to.equal(true);
  });

  const changes: readonly (readonly [keyof PlacedModel, Partial<PlacedModel>])[] = [
    ['routes', { routes: mapOf(route('a')) }],
    ['upstreams', { upstreams: mapOf(upstream('u')) }],
    ['plugins', { plugins: new Map() }],
    ['certificates', { certificates: mapOf(certificate('c')) }],
    ['endpoints', { endpoints: new Map([['u', [endpoint]]]) }],
  ];
  for (const [part, change] of changes) {
    it(`is not empty when only ${part} changed, and has that part only`, () => {
      const delta = diffModels(model, { ...model, ...change });
      expect(isEmpty(delta)).to.equal(false);
      expect(isEmpty({ ...delta, [part]: part === 'endpoints' ? [] : nothing })).to.equal(true);
    });
  }

  it('has a replaced thing in set only', () => {
    const b = route('b');
    const routes = new Map([...model.routes, ['b', b]]);
    const delta = diffModels(model, { ...model, routes });
    expect(delta.routes.set).to.have.length(1);
    expect(delta.routes.set[0]).to.equal(b);
    expect(delta.routes.removed).to.deep.equal([]);
  });
});

describe('diffEndpoints', () => {
  it('says nothing of upstreams that are gone: their endpoints go with them', () =>
    expect(diffEndpoints(model.endpoints, new Map())).to.deep.equal([]));

  it('tells of a set that became empty', () =>
    expect(diffEndpoints(model.endpoints, new Map([['u', []]]))).to.deep.equal([
      { upstream: 'u', endpoints: [] },
    ]));
});
