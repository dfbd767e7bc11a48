import { expect } from 'chai';
import type { Match, Route } from '../../../src/model/model.ts';
import { Claims, compareRoutes, type Conflict } from '../../../src/sources/translate/conflicts.ts';
import { match } from '../../support/requests.ts';

const route = (id: string, hosts: readonly string[], ...matches: readonly Match[]): Route => ({
  id,
  created: '',
  hosts,
  rules: [
    {
      name: 'main',
      matches,
      action: { type: 'respond' },
      plugins: [],
      timeouts: { requestMs: 0, responseMs: 0, idleMs: 0 },
      middleware: {},
    },
  ],
});
const header = (name: string, value: string) => ({ name, type: 'Exact' as const, value });
const cart = match({ path: { type: 'Prefix', value: '/cart' } });

/** What each of these routes loses to the others; those that lose nothing are left out. */
function findConflicts(routes: readonly Route[]): ReadonlyMap<string, readonly Conflict[]> {
  const claims = new Claims();
  for (const one of routes) claims.set(one.id, one);
  const all = routes.map(({ id }) => [id, claims.lost(id)] as const);
  return new Map(all.filter(([, lost]) => lost.length > 0));
}

describe('Claims', () => {
  const cases: readonly (readonly [string, Route, Route, boolean])[] = [
    ['the same', route('a', ['x'], cart), route('b', ['x'], { ...cart }), true],
    ['another host', route('a', ['x'], cart), route('b', ['y'], cart), false],
    ['one host in common', route('a', ['x', 'y'], cart), route('b', ['z', 'y'], cart), true],
    ['every host and one host', route('a', [], cart), route('b', ['x'], cart), false],
    ['every host twice', route('a', [], cart), route('b', [], cart), true],
    ['another path', route('a', ['x'], cart), route('b', ['x'], match()), false],
    [
      'another type of path',
      route('a', ['x'], cart),
      route('b', ['x'], match({ path: { type: 'Exact', value: '/cart' } })),
      false,
    ],
    [
      'methods in another order',
      route('a', ['x'], match({ methods: ['GET', 'PUT'] })),
      route('b', ['x'], match({ methods: ['PUT', 'GET'] })),
      true,
    ],
    ['more methods', route('a', ['x'], match({ methods: ['GET'] })), route('b', ['x'], match()), false],
    [
      'headers in another order',
      route('a', ['x'], match({ headers: [header('p', '1'), header('q', '2')] })),
      route('b', ['x'], match({ headers: [header('q', '2'), header('p', '1')] })),
      true,
    ],
    [
      'another value of a header',
      route('a', ['x'], match({ headers: [header('p', '1')] })),
      route('b', ['x'], match({ headers: [header('p', '2')] })),
      false,
    ],
    [
      'a header and a query parameter',
      route('a', ['x'], match({ headers: [header('p', '1')] })),
      route('b', ['x'], match({ query: [header('p', '1')] })),
      false,
    ],
  ];
  for (const [title, first, second, conflict] of cases) {
    it(`finds ${conflict ? 'a' : 'no'} conflict: ${title}`, () =>
      expect([...findConflicts([first, second]).keys()]).to.deep.equal(conflict ? ['b'] : []));
  }

  it('names the rule, the claim and who holds it', () =>
    expect(findConflicts([route('a', ['x'], cart), route('b', ['x'], match(), cart)]).get('b')).to.deep.equal(
      [{ rule: 'main', claim: 'x/cart', winner: 'a' }],
    ));

  it('lets the first of three win over both others, and a route never over itself', () => {
    const routes = ['a', 'b', 'c'].map((id) => route(id, ['x'], cart, cart));
    const lost = findConflicts(routes);
    expect([...lost.keys()]).to.deep.equal(['b', 'c']);
    expect(lost.get('c')?.[0]?.winner).to.equal('a');
  });

  it('tells whose losses may be others when a route comes, changes and goes', () => {
    const claims = new Claims();
    expect([...claims.set('b', route('b', ['x'], cart))]).to.deep.equal(['b']);
    expect([...claims.set('c', route('c', ['y'], cart))]).to.deep.equal(['c']);
    expect([...claims.set('a', route('a', ['x', 'y'], cart))].toSorted()).to.deep.equal(['a', 'b', 'c']);
    expect(['a', 'b', 'c'].map((id) => claims.lost(id).length)).to.deep.equal([0, 1, 1]);
    expect([...claims.set('a', route('a', ['y'], cart))].toSorted()).to.deep.equal(['a', 'b', 'c']);
    expect(['a', 'b', 'c'].map((id) => claims.lost(id).length)).to.deep.equal([0, 0, 1]);
    expect([...claims.set('a', undefined)]).to.deep.equal(['c']);
    expect(['a', 'b', 'c'].map((id) => claims.lost(id).length)).to.deep.equal([0, 0, 0]);
  });
});

describe('compareRoutes', () => {
  it('sorts by age, then by id; what has no age comes first', () => {
    const sorted = [
      { ...route('a', []), created: '2026-02-01T00:00:00Z' },
      { ...route('c', []), created: '2026-01-01T00:00:00Z' },
      { ...route('b', []), created: '2026-01-01T00:00:00Z' },
      route('z', []),
    ].toSorted(compareRoutes);
    expect(sorted.map(({ id }) => id)).to.deep.equal(['z', 'b', 'c', 'a']);
  });
});
