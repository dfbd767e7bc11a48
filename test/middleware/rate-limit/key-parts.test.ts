import { expect } from 'chai';
import { clientNetwork, compileKey } from '../../../src/middleware/rate-limit/key-parts.ts';
import { exchangeOf } from '../../support/requests.ts';

describe('clientNetwork', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0DB8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['1:2:3:4:5::', '1:2:3:4::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4::/64'],
    ['', ''],
  ];
  for (const [address, network] of cases) {
    it(`of ${address || 'a client that is gone'} is ${network || 'nothing'}`, () =>
      expect(clientNetwork(address)).to.equal(network));
  }
});

describe('compileKey', () => {
  const { exchange } = exchangeOf('PUT shop.example.com/cart/7?x=1', [
    'x-api-key',
    'one',
    'x-api-key',
    'two',
    'cookie',
    'a=1; session= s7 ;b=2',
  ]);
  exchange.params = { id: '7' };
  const cases: readonly (readonly [Parameters<typeof compileKey>[0], string])[] = [
    [[], ''],
    [[{ type: 'ClientIP' }], '192.0.2.1'],
    [[{ type: 'Header', name: 'X-Api-Key' }], 'one, two'],
    [[{ type: 'Header', name: 'x-none' }], ''],
    [[{ type: 'Cookie', name: 'session' }], 's7'],
    [[{ type: 'Cookie', name: 'none' }], ''],
    [[{ type: 'PathParameter', name: 'id' }], '7'],
    [[{ type: 'Host' }], 'shop.example.com'],
    [[{ type: 'Path' }], '/cart/7'],
    [[{ type: 'Method' }], 'PUT'],
    [[{ type: 'ClientIP' }, { type: 'Header', name: 'x-none' }, { type: 'Method' }], '192.0.2.1\0\0PUT'],
  ];
  for (const [parts, key] of cases) {
    it(`makes ${JSON.stringify(key)} of ${JSON.stringify(parts)}`, () =>
      expect(compileKey(parts)(exchange)).to.equal(key));
  }
});
