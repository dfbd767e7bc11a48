import { expect } from 'chai';
import { rewrite } from '../../src/middleware/rewrite.ts';
import { exchangeOf } from '../support/requests.ts';
import { testSite } from './site.ts';

describe('rewrite', () => {
  const cases: readonly (readonly [string, string, 'Full' | 'Prefix', string, string])[] = [
    ['/api/users', '/api', 'Prefix', '/v2', '/v2/users'],
    ['/api', '/api', 'Prefix', '/v2', '/v2'],
    ['/api/', '/api', 'Prefix', '/', '/'],
    ['/api/users', '/api', 'Prefix', '/', '/users'],
    ['/api', '/api', 'Prefix', '/', '/'],
    ['/users', '', 'Prefix', '/v2/', '/v2/users'],
    ['/users/7', '/users/7', 'Full', '/people', '/people'],
    ['/users/7/orders/8', '/users/7/orders/8', 'Full', '/o/:order/of/:id', '/o/8/of/7'],
    ['/users/7', '/users/7', 'Full', '/x/:unknown', '/x/'],
  ];
  for (const [from, matched, type, value, to] of cases) {
    it(`turns ${from} into ${to} with ${type} ${value}`, () => {
      const { exchange } = exchangeOf(`GET shop.example.com${from}?q=1`);
      exchange.matchedPrefix = matched;
      exchange.params = { id: '7', order: '8' };
      void rewrite.compile({ path: { type, value } }, testSite()).request?.(exchange);
      expect(exchange.request.path).to.equal(to);
      expect(exchange.request.query).to.equal('q=1');
    });
  }

  it('changes the host', () => {
    const { exchange } = exchangeOf('GET shop.example.com:8080/');
    void rewrite.compile({ host: 'internal.example.com' }, testSite()).request?.(exchange);
    expect(exchange.request.authority).to.equal('internal.example.com');
    expect(exchange.request.path).to.equal('/');
  });
});
