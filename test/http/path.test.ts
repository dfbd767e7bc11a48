import { expect } from 'chai';
import { normalisePath } from '../../src/http/path.ts';

describe('normalisePath', () => {
  for (const [path, normal] of [
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a/', '/a/'],
    ['//a//b//', '/a/b/'],
    ['/a/./b', '/a/b'],
    ['/a/.', '/a/'],
    ['/a/../b', '/b'],
    ['/a/..', '/'],
    ['/a/b/../..', '/'],
    ['/a/...', '/a/...'],
    ['/.a', '/.a'],
    ['/%2e%2E/a', undefined],
    ['/a/%2e%2e/b', '/b'],
    ['/%41%7e%2d', '/A~-'],
    ['/a%2fb%3f', '/a%2Fb%3F'],
    ['/%252e', '/%252e'],
    ['/%e4', '/%E4'],
    ['/..', undefined],
    ['/a/../../b', undefined],
    ['/%', undefined],
    ['/%4', undefined],
    ['/%4g', undefined],
    ['/%00', undefined],
    ['/%1f', undefined],
    ['/%7F', undefined],
  ] as const) {
    it(`${path} → ${normal ?? 'refused'}`, () => {
      expect(normalisePath(path)).to.equal(normal);
      if (normal !== undefined) expect(normalisePath(normal)).to.equal(normal);
    });
  }
});
