import { expect } from 'chai';
import { RequestKey } from '../../../src/balance/hash/request-key.ts';
import { request } from '../world.ts';

const client = new RequestKey([{ type: 'ClientIP' }]);
const header = new RequestKey([{ type: 'Header', name: 'x-user' }]);
const cookie = new RequestKey([{ type: 'Cookie', name: 'sid' }]);
const query = new RequestKey([{ type: 'Query', name: 'id' }]);
const path = new RequestKey([{ type: 'Path' }]);

/** What makes two requests the same, and what makes another different. */
const cases: readonly (readonly [
  string,
  RequestKey,
  ReturnType<typeof request>,
  ReturnType<typeof request>,
  ReturnType<typeof request>,
])[] = [
  ['the client', client, request(), request({ path: '/a' }), request({ client: '192.0.2.2' })],
  [
    'a header',
    header,
    request({ headers: { 'x-user': 'a' } }),
    request({ headers: { other: 'z', 'x-user': 'a' } }),
    request({ headers: { 'x-user': 'b' } }),
  ],
  [
    'a cookie',
    cookie,
    request({ headers: { cookie: 'sid=a' } }),
    request({ headers: { cookie: 'xsid=z; sid=a; sid2=z' } }),
    request({ headers: { cookie: 'sid=b' } }),
  ],
  [
    'a query parameter',
    query,
    request({ query: 'id=a' }),
    request({ query: 'x=id=z&id=a&id=b' }),
    request({ query: 'id=' }),
  ],
  ['the path', path, request({ path: '/a' }), request({ path: '/a', query: 'x' }), request({ path: '/b' })],
];

describe('RequestKey', () => {
  for (const [name, key, one, same, other] of cases) {
    it(`is made of ${name}`, () => {
      expect(key.hash(one)).to.equal(key.hash(same));
      expect(key.present).to.equal(true);
      expect(key.hash(one)).to.not.equal(key.hash(other));
      expect(key.present).to.equal(true);
    });
  }

  for (const [name, key] of [
    ['header', header],
    ['cookie', cookie],
    ['query parameter', query],
  ] as const) {
    it(`says that a ${name} is absent`, () => {
      key.hash(request({ headers: { cookie: 'si=1; id', 'x-use': 'a' }, query: 'i=1&id' }));
      expect(key.present).to.equal(false);
    });
  }

  it('has all parts, in their order', () => {
    const both = new RequestKey([
      { type: 'Header', name: 'a' },
      { type: 'Header', name: 'b' },
    ]);
    const hash = (headers: Record<string, string>): number => both.hash(request({ headers }));
    const hashes = [
      hash({ a: '1', b: '2' }),
      hash({ a: '2', b: '1' }),
      hash({ a: '1' }),
      hash({ b: '1' }),
      hash({ a: '12' }),
    ];
    expect(new Set(hashes).size).to.equal(hashes.length);
    expect(both.present).to.equal(true);
  });
});
