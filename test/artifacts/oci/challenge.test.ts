import { expect } from 'chai';
import { parseChallenges } from '../../../src/artifacts/oci/challenge.ts';

describe('parseChallenges', () => {
  const cases: readonly (readonly [string, readonly (readonly [string, Record<string, string>])[]])[] = [
    ['Basic realm="a b"', [['basic', { realm: 'a b' }]]],
    [
      'Bearer realm="https://a.b/token",service="s",scope="repository:x:pull,push"',
      [['bearer', { realm: 'https://a.b/token', service: 's', scope: 'repository:x:pull,push' }]],
    ],
    [
      'Bearer realm=x, Basic realm="y"',
      [
        ['bearer', { realm: 'x' }],
        ['basic', { realm: 'y' }],
      ],
    ],
    [String.raw`Basic realm="a\"b"`, [['basic', { realm: 'a"b' }]]],
    ['Negotiate', [['negotiate', {}]]],
    ['', []],
    ['"', []],
  ];
  for (const [field, wanted] of cases) {
    it(`reads ${field || 'nothing'}`, () => {
      expect(parseChallenges(field).map(({ scheme, parameters }) => [scheme, parameters])).to.deep.equal(
        wanted,
      );
    });
  }
});
