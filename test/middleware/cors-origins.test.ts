import { expect } from 'chai';
import { compileOrigins } from '../../src/middleware/cors-origins.ts';

describe('compileOrigins', () => {
  const exact = (value: string) => ({ type: 'Exact' as const, value });
  const cases: readonly (readonly [string, 'Exact' | 'Regex', string, boolean])[] = [
    ['https://a.com', 'Exact', 'https://a.com', true],
    ['https://A.com', 'Exact', 'https://a.com', true],
    ['https://a.com', 'Exact', 'http://a.com', false],
    ['https://a.com', 'Exact', 'https://a.com:8443', false],
    ['https://a.com', 'Exact', 'https://a.com.evil.com', false],
    ['https://*.a.com', 'Exact', 'https://x.a.com', true],
    ['https://*.a.com', 'Exact', 'https://x.y.a.com', true],
    ['https://*.a.com', 'Exact', 'https://a.com', false],
    ['https://*.a.com', 'Exact', 'https://.a.com', false],
    ['https://*.a.com', 'Exact', 'https://evil.com/.a.com', false],
    ['https://*.a.com', 'Exact', 'https://evil.com:1.a.com', false],
    ['https://*.a.com', 'Exact', 'https://evila.com', false],
    ['https://*.a.com:8443', 'Exact', 'https://x.a.com:8443', true],
    ['https://*.a.com:8443', 'Exact', 'https://x.a.com', false],
    ['*', 'Exact', 'https://anything.net', true],
    ['null', 'Exact', 'null', true],
    ['https://pr-[0-9]+\\.a\\.com', 'Regex', 'https://pr-17.a.com', true],
    ['https://pr-[0-9]+\\.a\\.com', 'Regex', 'https://pr-17.a.com.evil.com', false],
    ['https://pr-[0-9]+\\.a\\.com', 'Regex', 'xhttps://pr-17.a.com', false],
  ];
  for (const [value, type, origin, wanted] of cases) {
    it(`${type} ${value} ${wanted ? 'takes' : 'does not take'} ${origin}`, () =>
      expect(compileOrigins([{ type, value }]).includes(origin)).to.equal(wanted));
  }

  it('takes what any of them takes', () => {
    const { includes, isAny } = compileOrigins([exact('https://a.com'), exact('https://*.b.com')]);
    expect([
      includes('https://a.com'),
      includes('https://x.b.com'),
      includes('https://c.com'),
      isAny,
    ]).to.deep.equal([true, true, false, false]);
  });
});
