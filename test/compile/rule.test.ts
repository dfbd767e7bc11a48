import { expect } from 'chai';
import { compileRule, pluginOrder, type RuleWorld } from '../../src/compile/rule.ts';
import { middlewares } from '../../src/middleware/registry.ts';
import type { Phase } from '../../src/model/plugin.ts';
import type { LoadedPlugin } from '../../src/runtime/messages.ts';
import { testSite } from '../middleware/site.ts';
import { plugin } from '../wasm/world.ts';
import { forwarding, route, rule } from './world.ts';

const plugins = new Map<string, LoadedPlugin>(
  (
    [
      ['log', 'OnLog', 9],
      ['late', 'OnRequestHeaders', -1],
      ['b', 'OnRequestHeaders', 0],
      ['a', 'OnRequestHeaders', 0],
      ['early', 'OnRequestHeaders', 7],
      ['authz', 'Authz', 0],
      ['authn', 'Authn', -5],
    ] as const satisfies readonly (readonly [string, Phase, number])[]
  ).map(([id, phase, priority]) => [id, { ...plugin, id, phase, priority }]),
);
const uses = (...ids: readonly string[]) => ids.map((id) => ({ plugin: id }));

const world: RuleWorld = {
  clusters: new Map(),
  plugins,
  services: testSite(),
  pluginStage: (use, requestMs) => ({ name: `${use.plugin} ${requestMs}` }),
};

describe('pluginOrder', () => {
  const wanted = ['gone', 'authn', 'authz', 'early', 'a', 'b', 'late', 'log'];
  for (const [title, given] of [
    ['as written', [...plugins.keys(), 'gone']],
    ['from behind', ['gone', ...plugins.keys()].toReversed()],
  ] as const) {
    it(`goes by phase, then priority, then name, missing ones first, ${title}`, () =>
      expect(pluginOrder(uses(...given), plugins).map((use) => use.plugin)).to.deep.equal(wanted));
  }

  it('takes phases in the order of a request', () => {
    const phases = ['OnResponseBody', 'OnResponseHeaders', 'OnRequestBody', 'OnRequestHeaders'] as const;
    const known = new Map(phases.map((phase) => [phase, { ...plugin, id: phase, phase }]));
    expect(pluginOrder(uses(...phases), known)).to.deep.equal(uses(...phases.toReversed()));
  });
});

describe('compileRule', () => {
  it('orders middlewares by their place in the list, whatever the order of the fields, plugins among them', () => {
    const middleware = {
      directResponse: { status: 204, contentType: 'text/plain', body: '' },
      rewrite: { path: { type: 'Full', value: '/x' } },
      requestHeaders: { set: [{ name: 'a', value: 'b' }] },
      responseHeaders: { set: [{ name: 'a', value: 'b' }] },
    };
    const compiled = compileRule(
      route('r', 'shop'),
      rule('/', {
        middleware,
        plugins: uses('log', 'authn'),
        timeouts: { requestMs: 70, responseMs: 0, idleMs: 0 },
      }),
      world,
    );
    expect(compiled.stages.map(({ name }) => name)).to.deep.equal([
      'responseHeaders',
      'authn 70',
      'log 70',
      'requestHeaders',
      'rewrite',
      'directResponse',
    ]);
    expect(compiled).to.include({ route: 'r', rule: 'main', forward: undefined });
  });

  it('gives the target what the rule says', () => {
    const timeouts = { requestMs: 1, responseMs: 2, idleMs: 3 };
    const { forward } = compileRule(
      route('r', 'shop'),
      rule('/', { ...forwarding('nowhere'), timeouts, maxRequestBodyBytes: 0 }),
      world,
    );
    expect(forward).to.deep.include({ timeouts, maxRequestBodyBytes: 0 });
    expect(forward?.choose()).to.equal('backend-missing');
  });

  it('knows every middleware of the registry', () => {
    const orders = Object.values(middlewares).map((middleware) => middleware.order);
    expect(new Set(orders).size).to.equal(orders.length);
  });
});
