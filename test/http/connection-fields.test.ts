import { expect } from 'chai';
import { addNamedFields } from '../../src/http/connection-fields.ts';

describe('addNamedFields', () => {
  const cases: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['keep-alive', undefined],
    ['Close', undefined],
    ['', undefined],
    [' , ,', undefined],
    ['X-Secret', ['x-secret']],
    ['close, X-A ,keep-alive,x-b', ['x-a', 'x-b']],
    ['upgrade', ['upgrade']],
    ['Host, Content-Length, Cookie, Set-Cookie, Authorization', undefined],
    ['x-forwarded-for, X-Forwarded-Prefix, X-Request-Id', undefined],
    ['x-forwarded, hosts', ['x-forwarded', 'hosts']],
  ];
  for (const [value, names] of cases) {
    it(`finds ${String(names)} in ${JSON.stringify(value)}`, () =>
      expect(addNamedFields(value, undefined)).to.deep.equal(names));
  }

  it('adds to what earlier fields named', () => {
    expect(addNamedFields('x-b', ['x-a'])).to.deep.equal(['x-a', 'x-b']);
    expect(addNamedFields('close', ['x-a'])).to.deep.equal(['x-a']);
  });
});
