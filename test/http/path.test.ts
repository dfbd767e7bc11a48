import { expect } from 'chai';
import { normalisePath, safePaths } from '../../src/http/path.ts';

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
    ['/a\\b', undefined],
    ['/a%5cb', '/a%5Cb'],
  ] as const) {
    it(`${path} → ${normal ?? 'refused'}`, () => {
      expect(normalisePath(path)).to.equal(normal);
      if (normal !== undefined) expect(normalisePath(normal)).to.equal(normal);
    });
  }

  for (const [rules, path, normal] of [
    ['reject', '/a%2Fb', undefined],
    ['reject', '/a%5cb', undefined],
    ['reject', '/a%3Fb', '/a%3Fb'],
    ['decode', '/a%2Fb', '/a/b'],
    ['decode', '/a/..%2fb', '/b'],
    ['decode', '/a%2f%2e%2e%2f..', undefined],
    ['decode', '/a%2f%2Fb', '/a/b'],
    ['decode', '/a%5cb', '/a%5Cb'],
    ['decode', '/a%252fb', '/a%252fb'],
  ] as const) {
    it(`${path} → ${normal ?? 'refused'} with ${rules}`, () => {
      expect(normalisePath(path, { ...safePaths, escapedSlashes: rules })).to.equal(normal);
    });
  }

  for (const [path, normal] of [
    ['//a//b/', '//a//b/'],
    ['/a//../b', '/a/b'],
    ['/a/.//b', '/a//b'],
    ['/..//a', undefined],
  ] as const) {
    it(`${path} → ${normal ?? 'refused'} where slashes are not merged`, () => {
      expect(normalisePath(path, { ...safePaths, mergeSlashes: false })).to.equal(normal);
    });
  }
});
