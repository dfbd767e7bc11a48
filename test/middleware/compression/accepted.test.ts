import { expect } from 'chai';
import { acceptedCoding } from '../../../src/middleware/compression/accepted.ts';

describe('acceptedCoding', () => {
  const cases: readonly (readonly [string | undefined, string | undefined])[] = [
    [undefined, undefined],
    ['', undefined],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['gzip, br, zstd', 'br'],
    ['gzip, zstd', 'zstd'],
    ['gzip;q=1, br;q=0.5', 'gzip'],
    ['gzip;q=0.5, br;q=0.50', 'br'],
    ['br;q=0, gzip;q=0.1', 'gzip'],
    ['br ; q=0.2 , gzip; q=0.3', 'gzip'],
    ['*', 'br'],
    ['*;q=0', undefined],
    ['*;q=0.5, br;q=0', 'zstd'],
    ['gzip;q=0.5, *;q=0.8', 'br'],
    ['identity', undefined],
    ['identity, gzip;q=0.5', undefined],
    ['identity;q=0.5, gzip', 'gzip'],
    ['identity, gzip', 'gzip'],
    ['deflate, compress', undefined],
    ['gzip;q=2', undefined],
    ['gzip;q=x', undefined],
  ];
  for (const [accept, wanted] of cases) {
    it(`takes ${wanted ?? 'none'} for ${accept === undefined ? 'no field' : `'${accept}'`}`, () =>
      expect(acceptedCoding(accept, ['br', 'zstd', 'gzip'])).to.equal(wanted));
  }
});
