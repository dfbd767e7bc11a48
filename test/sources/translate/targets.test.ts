import { expect } from 'chai';
import type { Route } from '../../../src/model/model.ts';
import { Targeting, toTargets } from '../../../src/sources/translate/targets.ts';

const route: Route = {
  id: 'shop/a',
  created: '',
  hosts: ['a.example.com'],
  rules: [
    {
      name: 'all',
      matches: [],
      action: { type: 'forward', backends: [{ upstream: 'shop/pool', weight: 1 }] },
      plugins: [],
      timeouts: { requestMs: 0, responseMs: 0, idleMs: 0 },
      middleware: {},
    },
  ],
};
const backings = new Map([['shop/pool', { service: 'shop/web', port: 80 }]]);
const target = (spec: object) =>
  toTargets('shop/p', 'shop', { targets: [spec] } as unknown as Parameters<typeof toTargets>[2]);
const usesOf = (spec: object): number =>
  new Targeting().apply(route, target(spec), backings).rules[0]?.plugins.length ?? 0;

describe('targets of plugins', () => {
  for (const [spec, uses] of [
    [{}, 1],
    [{ routes: ['a'] }, 1],
    [{ routes: ['b'] }, 0],
    [{ hosts: ['b.example.com', 'a.example.com'] }, 1],
    [{ hosts: ['*.example.com'] }, 0],
    [{ services: ['web'] }, 1],
    [{ services: ['pool'] }, 0],
    [{ routes: ['a'], hosts: ['b.example.com'] }, 0],
  ] as const) {
    it(`${JSON.stringify(spec)} ${uses === 1 ? 'fits' : 'does not fit'}`, () => {
      expect(usesOf(spec)).to.equal(uses);
    });
  }

  it('leaves a route alone that gets nothing, and keeps the identity of one that gets the same again', () => {
    const targeting = new Targeting();
    expect(targeting.apply(route, undefined, backings)).to.equal(route);
    expect(targeting.apply(route, target({ routes: ['b'] }), backings)).to.equal(route);
    const once = targeting.apply(route, target({}), backings);
    expect(targeting.apply(route, target({}), backings)).to.equal(once);
    expect(targeting.apply(route, target({ config: 'x' }), backings)).not.to.equal(once);
  });
});
