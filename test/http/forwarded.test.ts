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
