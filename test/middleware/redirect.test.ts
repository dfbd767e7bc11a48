import { expect } from 'chai';
import type { LoomRouteSpecRuleRedirect } from '../../src/api/types.gen.ts';
import { LoomError } from '../../src/errors.ts';
import type { Reply } from '../../src/middleware/middleware.ts';
import { redirect } from '../../src/middleware/redirect.ts';
import { exchangeOf } from '../support/requests.ts';
import { testSite } from './site.ts';

describe('redirect', () => {
  const cases: readonly (readonly [string, Partial<LoomRouteSpecRuleRedirect>, string])[] = [
    ['shop.example.com/a?b=c', { scheme: 'https' }, 'https://shop.example.com/a?b=c'],
    ['shop.example.com:8080/a', { scheme: 'https' }, 'https://shop.example.com/a'],
    ['shop.example.com:8080/a', { host: 'www.example.com' }, 'http://www.example.com:8080/a'],
    ['shop.example.com:8080/a', { port: 80 }, 'http://shop.example.com/a'],
    ['shop.example.com/a', { scheme: 'https', port: 8443 }, 'https://shop.example.com:8443/a'],
    ['shop.example.com/old/x', { path: { type: 'Prefix', value: '/new' } }, 'http://shop.example.com/new/x'],
    ['shop.example.com/old/x', { path: { type: 'Full', value: '/gone' } }, 'http://shop.example.com/gone'],
    ['shop.example.com:8080/a', { host: '${param.tenant}.example.net' }, 'http://acme.example.net:8080/a'],
    [
      'shop.example.com:8080/a',
      { scheme: 'https', host: 'www.${request.host}' },
      'https://www.shop.example.com/a',
    ],
    ['shop/a?b', { path: { type: 'Full', value: '/of/:tenant' } }, 'http://shop/of/acme?b'],
    [
      '[2001:db8::1]:8080/a',
      { scheme: 'http', path: { type: 'Full', value: '/b' } },
      'http://[2001:db8::1]:8080/b',
    ],
  ];
  for (const [from, settings, to] of cases) {
    it(`sends ${from} with ${JSON.stringify(settings)} to ${to}`, () => {
      const { exchange } = exchangeOf(`GET ${from}`);
      exchange.matchedPrefix = '/old';
      exchange.params = { tenant: 'acme' };
      const reply = redirect.compile({ status: 301, ...settings }, testSite()).request?.(exchange) as Reply;
      expect(reply.head.status).to.equal(301);
      expect(reply.head.headers.get('location')).to.equal(to);
    });
  }

  it('refuses a request that would be sent to something else than a host', () => {
    const { exchange } = exchangeOf('GET shop/', ['x-tenant', 'evil.example/']);
    const stage = redirect.compile({ status: 301, host: '${header.x-tenant}' }, testSite());
    expect(() => stage.request?.(exchange))
      .to.throw(LoomError)
      .with.property('code', 'bad-request');
  });
});
