import { expect } from 'chai';
import { LoomError } from '../../src/errors.ts';
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

  const hosts: readonly (readonly [host: string, becomes: string])[] = [
    ['${param.tenant}.internal', 'acme.internal'],
    ['${header.x-tenant}.internal', 'zoo.internal'],
    ['${request.host}', 'shop.example.com:8080'],
    ['a.${request.method}.example', 'a.get.example'],
  ];
  for (const [host, becomes] of hosts) {
    it(`makes of the host ${host} ${becomes}`, () => {
      const { exchange } = exchangeOf('GET shop.example.com:8080/', ['x-tenant', 'Zoo']);
      exchange.params = { tenant: 'acme' };
      void rewrite.compile({ host }, testSite()).request?.(exchange);
      expect(exchange.request.authority).to.equal(becomes);
    });
  }

  for (const tenant of ['', 'a/b', 'a@evil.example', 'a b', 'a:b', 'ä', 'a,b', 'a\\b']) {
    it(`refuses a request that would make a host with ${JSON.stringify(tenant)}`, () => {
      const { exchange } = exchangeOf('GET shop/', tenant === '' ? [] : ['x-tenant', tenant]);
      const stage = rewrite.compile({ host: '${header.x-tenant}' }, testSite());
      expect(() => stage.request?.(exchange))
        .to.throw(LoomError)
        .with.property('code', 'bad-request');
    });
  }

  it('changes both', () => {
    const { exchange } = exchangeOf('GET shop/');
    exchange.params = { id: '7' };
    const path = { type: 'Full' as const, value: '/b/:id' };
    void rewrite.compile({ host: 'h${param.id}', path }, testSite()).request?.(exchange);
    expect([exchange.request.authority, exchange.request.path]).to.deep.equal(['h7', '/b/7']);
  });
});
