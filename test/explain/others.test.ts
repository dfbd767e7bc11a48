import { expect } from 'chai';
import { explainOthers } from '../../src/explain/others.ts';
import { Routing } from '../../src/explain/routing.ts';
import type { Match, Route } from '../../src/model/model.ts';
import { route, rule } from '../compile/world.ts';
import { Random } from '../fuzz/random.ts';
import { match, requestHead } from '../support/requests.ts';
import { randomConfig, randomRequest } from './random-config.ts';

const on = (id: string, host: string, part: Partial<Match>, created = ''): Route => ({
  ...route(id, host, rule('/', { matches: [match(part)] })),
  created,
});
const prefix = (value: string): Match['path'] => ({ type: 'Prefix', value });
const exact = (value: string): Match['path'] => ({ type: 'Exact', value });
const regex = (value: string): Match['path'] => ({ type: 'Regex', value });
const header = (type: 'Exact' | 'Present' | 'Absent' | 'Regex', value = '') => [{ name: 'x-a', type, value }];

const old = '2026-01-01T00:00:00Z';
const young = '2026-02-01T00:00:00Z';

describe('why other rules do not take a request', () => {
  for (const [title, taken, other, why, detail] of [
    ['another host', on('a', 'shop', {}), on('b', 'blog', {}), 'host', 'the host shop is not blog'],
    [
      'another path',
      on('a', 'shop', {}),
      on('b', 'shop', { path: prefix('/b') }),
      'path',
      'the path is not Prefix /b',
    ],
    [
      'another method',
      on('a', '*', {}),
      on('b', 'shop', { methods: ['PUT'] }),
      'method',
      'the method is not PUT',
    ],
    [
      'another header',
      on('a', '*', {}),
      on('b', 'shop', { headers: header('Exact', '2') }),
      'header',
      'header x-a is not 2',
    ],
    [
      'a header of another shape',
      on('a', '*', {}),
      on('b', 'shop', { headers: header('Regex', '2+') }),
      'header',
      'header x-a does not match 2+',
    ],
    [
      'a header that is there',
      on('a', '*', {}),
      on('b', 'shop', { headers: header('Absent') }),
      'header',
      'header x-a is there, and must not be',
    ],
    [
      'a missing parameter',
      on('a', '*', {}),
      on('b', 'shop', { query: header('Present') }),
      'query',
      'query parameter x-a is missing',
    ],
    [
      'a wildcard',
      on('a', 'shop', {}),
      on('b', '*', {}),
      'outranked',
      'routes with the host shop come before those for every host',
    ],
    [
      'a prefix beside an exact path',
      on('a', 'shop', { path: exact('/cart') }),
      on('b', 'shop', {}),
      'outranked',
      'an exact path comes first',
    ],
    [
      'a prefix beside an expression',
      on('a', 'shop', { path: regex('/c.*') }),
      on('b', 'shop', {}),
      'outranked',
      'regular expressions come before patterns and prefixes',
    ],
    [
      'a shorter expression',
      on('a', 'shop', { path: regex('/car.*') }),
      on('b', 'shop', { path: regex('/c.*') }),
      'outranked',
      'the longer regular expression comes first',
    ],
    [
      'a shorter prefix',
      on('a', 'shop', { path: prefix('/cart') }),
      on('b', 'shop', {}),
      'outranked',
      'the path /cart is more specific',
    ],
    [
      'fewer headers',
      on('a', 'shop', { headers: header('Present') }),
      on('b', 'shop', {}),
      'outranked',
      'the rule main has more conditions on headers',
    ],
    [
      'no method',
      on('a', 'shop', { methods: ['GET'] }),
      on('b', 'shop', {}),
      'outranked',
      'the rule main has a condition on the method',
    ],
    [
      'a younger route',
      on('b', 'shop', {}, old),
      on('a', 'shop', {}, young),
      'outranked',
      'the route b is older',
    ],
    [
      'a route of the same age',
      on('a', 'shop', {}),
      on('b', 'shop', {}),
      'outranked',
      'the route a comes first by its name',
    ],
  ] as const) {
    it(`says so of ${title}`, async () => {
      const request = requestHead('GET shop/cart', ['x-a', '1']);
      const routing = await Routing.of([other, taken]);
      const found = routing.find(request)?.target;
      expect(found?.route).to.equal(taken.id);
      const [one] = await explainOthers(request, routing.ways, found);
      expect(one).to.include({ route: other.id, why, detail });
    });
  }

  it('puts the nearest first', async () => {
    const routes = [
      on('host', 'blog', {}),
      on('path', 'shop', { path: prefix('/x') }),
      on('method', 'shop', { methods: ['PUT'] }),
    ];
    const routing = await Routing.of(routes);
    const others = await explainOthers(requestHead('GET shop/cart'), routing.ways, undefined);
    expect(others.map(({ why }) => why)).to.deep.equal(['method', 'path', 'host']);
  });

  it('says of each way what a table with that way and the winner alone says', async () => {
    let outranked = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const { routes } = randomConfig(random);
      const routing = await Routing.of(routes);
      for (let n = 0; n < 5; n++) {
        const { method, host, target, headers } = randomRequest(random);
        const request = requestHead(`${method} ${host.toLowerCase()}${target}`, headers.flat());
        const taken = routing.find(request)?.target;
        for (const { route: id, rule: name, host: at, match: one, why } of await explainOthers(
          request,
          routing.ways,
          taken,
        )) {
          const { created } = routes.find((each) => each.id === id) as Route;
          const alone = { ...route(id, at, rule('/', { name, matches: [one] })), created };
          const finds = (await Routing.of([alone])).find(request) !== undefined;
          expect(finds, `seed ${seed}: ${method} ${host}${target}`).to.equal(why === 'outranked');
          if (!finds || !taken || taken.route === id) continue;
          outranked++;
          const winner = {
            ...route(taken.route, taken.host, { ...taken.to, matches: [taken.match] }),
            created: taken.of.created,
          };
          const both = await Routing.of([alone, winner]);
          expect(both.find(request)?.target.route, `seed ${seed}`).to.equal(taken.route);
        }
      }
    }
    expect(outranked).to.be.above(50);
  });
});
