import { expect } from 'chai';
import { ForwardedFields } from '../../src/http/forwarded.ts';
import { exchangeOf } from '../support/requests.ts';

/** The client of `exchangeOf` is 192.0.2.1, its listener is on port 8080. */
const claims = Object.entries({
  'x-forwarded-for': '198.51.100.7',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'evil.test',
  'x-real-ip': '198.51.100.7',
  forwarded: 'for=198.51.100.7',
  'x-request-id': 'given-1',
}).flat();

function apply(trusted: readonly string[], headers: string[]): Record<string, string | undefined> {
  const { exchange } = exchangeOf('GET shop.example.com/', headers.slice());
  new ForwardedFields(trusted).apply(exchange);
  const { headers: list } = exchange.request;
  const names = [
    'x-forwarded-for',
    'x-forwarded-proto',
    'x-forwarded-host',
    'x-forwarded-port',
    'x-real-ip',
    'forwarded',
  ];
  return {
    ...Object.fromEntries(names.map((name) => [name, list.joined(name)])),
    id: exchange.id,
    sent: list.joined('x-request-id'),
  };
}

const own = {
  'x-forwarded-for': '192.0.2.1',
  'x-forwarded-proto': 'http',
  'x-forwarded-host': 'shop.example.com',
  'x-forwarded-port': '8080',
  'x-real-ip': undefined,
  forwarded: undefined,
};

describe('ForwardedFields', () => {
  for (const trusted of [[], ['10.0.0.0/8'], ['2001:db8::/32'], ['192.0.2.2']]) {
    it(`replaces what a client says that is not in [${trusted.join(', ')}]`, () => {
      const { id, sent, ...rest } = apply(trusted, claims);
      expect(rest).to.deep.equal(own);
      expect(id).to.equal(sent).and.not.equal('given-1');
    });
  }

  for (const trusted of [['192.0.2.0/24'], ['10.0.0.0/8', '192.0.2.1'], ['0.0.0.0/0']]) {
    it(`adds to what a proxy in [${trusted.join(', ')}] says`, () => {
      const { id, sent, ...rest } = apply(trusted, claims);
      expect(rest).to.include({
        'x-forwarded-for': '198.51.100.7, 192.0.2.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'evil.test',
      });
      expect([id, sent]).to.deep.equal(['given-1', 'given-1']);
    });
  }

  it('joins several lines of a trusted chain in their order', () => {
    const lines = ['x-forwarded-for', '198.51.100.7', 'x-forwarded-for', '198.51.100.8'];
    expect(apply(['192.0.2.1'], lines)['x-forwarded-for']).to.equal('198.51.100.7, 198.51.100.8, 192.0.2.1');
  });

  it('tells a proxy that says nothing apart from the client', () => {
    expect(apply(['192.0.2.1'], [])).to.include(own);
  });

  const chains: readonly (readonly [string, readonly string[], number, string, string])[] = [
    ['nobody is trusted', [], 0, '198.51.100.7', '192.0.2.1'],
    ['the peer is not trusted', ['10.0.0.0/8'], 1, '198.51.100.7', '192.0.2.1'],
    ['one proxy', ['192.0.2.1'], 0, '203.0.113.9, 198.51.100.7', '198.51.100.7'],
    [
      'several proxies',
      ['192.0.2.1', '10.0.0.0/8'],
      0,
      '1.1.1.1, 198.51.100.7, 10.0.0.1, 10.2.3.4',
      '198.51.100.7',
    ],
    ['only proxies', ['192.0.2.1', '10.0.0.0/8'], 0, '10.0.0.1,10.0.0.2', '10.0.0.1'],
    ['no address', ['192.0.2.1'], 0, '1.1.1.1, unknown', '192.0.2.1'],
    ['no address behind a proxy', ['192.0.2.1', '10.0.0.0/8'], 0, '1.1.1.1, _x, 10.0.0.1', '10.0.0.1'],
    ['a port', ['192.0.2.1'], 0, '198.51.100.7:4711', '198.51.100.7'],
    ['IPv6 with a port', ['192.0.2.1'], 0, '[2001:db8::1]:4711', '2001:db8::1'],
    ['IPv6', ['192.0.2.1'], 0, '2001:db8::1', '2001:db8::1'],
    ['an empty list', ['192.0.2.1'], 0, '', '192.0.2.1'],
    ['one hop', [], 1, '1.1.1.1, 198.51.100.7', '198.51.100.7'],
    ['two hops', [], 2, '1.1.1.1, 198.51.100.7, 10.0.0.1', '198.51.100.7'],
    ['two hops of a trusted peer', ['192.0.2.1'], 2, '1.1.1.1, 198.51.100.7, 9.9.9.9', '198.51.100.7'],
    ['fewer entries than hops', [], 3, '1.1.1.1, 198.51.100.7', '192.0.2.1'],
    ['no address at the hop', [], 1, '1.1.1.1, x', '192.0.2.1'],
  ];
  for (const [what, trusted, hops, chain, client] of chains) {
    it(`knows the client: ${what}`, () => {
      const { exchange } = exchangeOf('GET shop.example.com/', ['x-forwarded-for', chain]);
      new ForwardedFields(trusted, hops).apply(exchange);
      expect(exchange.client.address).to.equal(client);
    });
  }

  for (const id of ['', 'a b', 'a"b', 'ä', 'x'.repeat(129)]) {
    it(`makes an id in place of ${JSON.stringify(id.slice(0, 8))} of ${id.length} characters`, () => {
      expect(apply(['192.0.2.1'], ['x-request-id', id])['id']).to.match(/^[\w-]{10,40}$/);
    });
  }

  it('makes ids that differ', () => {
    const ids = new Set(Array.from({ length: 1000 }, () => apply([], [])['id']));
    expect(ids.size).to.equal(1000);
  });
});
