import { expect } from 'chai';
import type { LoomRouteSpecRuleRedirect } from '../../src/api/types.gen.ts';
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
      const reply = redirect.compile({ status: 301, ...settings }, testSite()).request?.(exchange) as Reply;
      expect(reply.head.status).to.equal(301);
      expect(reply.head.headers.get('location')).to.equal(to);
    });
  }
});
