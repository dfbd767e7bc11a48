import { expect } from 'chai';
import type { LoomRouteSpecRuleCors } from '../../src/api/types.gen.ts';
import { HeaderList } from '../../src/http/headers.ts';
import { cors } from '../../src/middleware/cors.ts';
import type { Reply } from '../../src/middleware/middleware.ts';
import { exchangeOf } from '../support/requests.ts';
import { testSite } from './site.ts';

type Fields = Readonly<Record<string, string>>;

const fieldsOf = ({ flat }: HeaderList): Fields =>
  Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? '']] : [])));
const settings = (part: Partial<LoomRouteSpecRuleCors> = {}): LoomRouteSpecRuleCors => ({
  allowOrigins: [{ type: 'Exact', value: 'https://a.com' }],
  allowMethods: ['GET', 'POST'],
  allowCredentials: false,
  allowPrivateNetwork: false,
  maxAge: '10m',
  ...part,
});
const any = { allowOrigins: [{ type: 'Exact' as const, value: '*' }] };
const vary = 'origin, access-control-request-method, access-control-request-headers';

describe('cors', () => {
  describe('answers preflights', () => {
    const cases: readonly (readonly [string, Partial<LoomRouteSpecRuleCors>, Fields, Fields])[] = [
      ['of an origin that is allowed', {}, {}, { 'access-control-allow-origin': 'https://a.com' }],
      ['alike for all', any, {}, { 'access-control-allow-origin': '*' }],
      [
        'with credentials by name',
        { ...any, allowCredentials: true },
        {},
        { 'access-control-allow-origin': 'https://a.com', 'access-control-allow-credentials': 'true' },
      ],
      [
        'with the headers that are allowed',
        { allowHeaders: ['x-a', 'x-b'] },
        { 'access-control-request-headers': 'x-c' },
        { 'access-control-allow-origin': 'https://a.com', 'access-control-allow-headers': 'x-a, x-b' },
      ],
      [
        'with the headers that are wanted',
        { allowHeaders: ['*'] },
        { 'access-control-request-headers': 'x-c,x-d' },
        { 'access-control-allow-origin': 'https://a.com', 'access-control-allow-headers': 'x-c,x-d' },
      ],
      [
        'of a public page for a private network',
        { allowPrivateNetwork: true },
        { 'access-control-request-private-network': 'true' },
        { 'access-control-allow-origin': 'https://a.com', 'access-control-allow-private-network': 'true' },
      ],
      [
        'of a public page, which it does not let in',
        {},
        { 'access-control-request-private-network': 'true' },
        { 'access-control-allow-origin': 'https://a.com' },
      ],
    ];
    for (const [title, part, request, wanted] of cases) {
      it(title, () => {
        const site = testSite();
        const asked = { origin: 'https://a.com', 'access-control-request-method': 'POST', ...request };
        const { exchange } = exchangeOf('OPTIONS shop/', Object.entries(asked).flat());
        const reply = cors.compile(settings(part), site).request?.(exchange);
        const { head } = reply as Reply;
        expect(head.status).to.equal(204);
        expect(fieldsOf(head.headers)).to.deep.equal({
          ...wanted,
          'access-control-allow-methods': 'GET, POST',
          'access-control-max-age': '600',
          vary,
        });
        expect(site.counted).to.deep.equal({ preflight: 1, allowed: 0, denied: 0 });
      });
    }

    it('of others with nothing', () => {
      const site = testSite();
      const { exchange } = exchangeOf('OPTIONS shop/', [
        'origin',
        'https://b.com',
        'access-control-request-method',
        'GET',
      ]);
      const reply = cors.compile(settings(), site).request?.(exchange);
      const { head } = reply as Reply;
      expect(head.status).to.equal(204);
      expect(fieldsOf(head.headers)).to.deep.equal({ vary });
      expect(site.counted).to.deep.equal({ preflight: 0, allowed: 0, denied: 1 });
    });

    for (const [title, line, headers] of [
      ['OPTIONS without a method', 'OPTIONS shop/', ['origin', 'https://a.com']],
      ['OPTIONS without an origin', 'OPTIONS shop/', ['access-control-request-method', 'GET']],
      ['another method', 'GET shop/', ['origin', 'https://a.com', 'access-control-request-method', 'GET']],
    ] as const) {
      it(`and lets ${title} pass`, () => {
        const { exchange } = exchangeOf(line, [...headers]);
        expect(cors.compile(settings(), testSite()).request?.(exchange)).to.equal(undefined);
      });
    }
  });

  describe('says on responses who may read them', () => {
    const cases: readonly (readonly [string, Partial<LoomRouteSpecRuleCors>, string, Fields, Fields])[] = [
      [
        'one origin',
        {},
        'https://a.com',
        {},
        { 'access-control-allow-origin': 'https://a.com', vary: 'origin' },
      ],
      ['all', any, 'https://x.com', {}, { 'access-control-allow-origin': '*' }],
      ['nobody else', {}, 'https://b.com', {}, { vary: 'origin' }],
      ['not to those who do not ask', {}, '', { vary: 'accept' }, { vary: 'accept, origin' }],
      [
        'in place of the upstream',
        { exposeHeaders: ['x-total', 'etag'] },
        'https://a.com',
        { 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'true', vary: 'Origin' },
        {
          'access-control-allow-origin': 'https://a.com',
          'access-control-expose-headers': 'x-total, etag',
          vary: 'Origin',
        },
      ],
    ];
    for (const [title, part, origin, given, wanted] of cases) {
      it(title, () => {
        const { exchange } = exchangeOf('GET shop/', origin ? ['origin', origin] : []);
        const headers = new HeaderList(Object.entries(given).flat());
        exchange.response = { status: 200, headers };
        void cors.compile(settings(part), testSite()).response?.(exchange);
        expect(fieldsOf(headers)).to.deep.equal(wanted);
      });
    }
  });
});
