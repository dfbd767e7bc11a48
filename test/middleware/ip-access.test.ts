import { expect } from 'chai';
import type { LoomError } from '../../src/errors.ts';
import { ipAccess } from '../../src/middleware/ip-access.ts';
import { exchangeOf } from '../support/requests.ts';
import { testSite } from './site.ts';

describe('ipAccess', () => {
  const office = ['192.0.2.0/24', '2001:db8::/32', '198.51.100.7'];
  const cases: readonly (readonly [string, Parameters<typeof ipAccess.compile>[0], boolean])[] = [
    ['192.0.2.1', { allow: office }, true],
    ['198.51.100.7', { allow: office }, true],
    ['198.51.100.8', { allow: office }, false],
    ['2001:db8:1::1', { allow: office }, true],
    ['2001:db9::1', { allow: office }, false],
    ['::ffff:192.0.2.1', { allow: office }, true],
    ['', { allow: office }, false],
    ['192.0.2.1', { deny: office }, false],
    ['198.51.100.8', { deny: office }, true],
    ['192.0.2.1', { allow: office, deny: ['192.0.2.1'] }, false],
    ['192.0.2.2', { allow: office, deny: ['192.0.2.1'] }, true],
    ['203.0.113.1', { allow: ['0.0.0.0/0'] }, true],
    ['2001:db8::1', { allow: ['0.0.0.0/0'] }, false],
  ];
  for (const [address, settings, passes] of cases) {
    it(`${passes ? 'lets' : 'does not let'} ${address || 'nobody'} in with ${JSON.stringify(settings)}`, () => {
      const site = testSite();
      const { exchange } = exchangeOf('GET shop/');
      exchange.client = { address, port: 0 };
      const ask = (): unknown => ipAccess.compile(settings, site).request?.(exchange);
      if (passes) expect(ask()).to.equal(undefined);
      else
        expect(ask)
          .to.throw()
          .and.to.satisfy((error: LoomError) => error.code === 'address-denied');
      expect(site.counted).to.deep.equal(passes ? { passed: 1, denied: 0 } : { passed: 0, denied: 1 });
    });
  }
});
