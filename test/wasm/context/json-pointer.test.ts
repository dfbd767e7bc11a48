import { expect } from 'chai';
import { parsePointer, removeAt, setAt, valueAt } from '../../../src/wasm/context/json-pointer.ts';

const parts = (text: string): string[] => parsePointer(text) ?? [];
const document = () => ({ a: { 'b/c': [1, { d: 2 }], 'm~n': 3 }, '': 4, n: null }) as Record<string, unknown>;

describe('JSON Pointers', () => {
  for (const [pointer, value] of [
    ['/a/b~1c/1/d', 2],
    ['/a/m~0n', 3],
    ['/', 4],
    ['/n', null],
    ['/a/b~1c/-', undefined],
    ['/a/b~1c/01', undefined],
    ['/a/nothing/here', undefined],
    ['/n/x', undefined],
    ['/a/constructor', undefined],
    ['/a/b~1c/length', undefined],
    ['/__proto__', undefined],
  ] as const) {
    it(`${JSON.stringify(pointer)} is ${JSON.stringify(value)}`, () => {
      expect(valueAt(document(), parts(pointer))).to.equal(value);
    });
  }

  it('need a slash in front, or nothing at all', () => {
    expect([parsePointer('a'), parsePointer('')]).to.deep.equal([undefined, []]);
  });

  for (const [pointer, ok] of [
    ['/a/new', true],
    ['/a/b~1c/0', true],
    ['/a/b~1c/2', true],
    ['/a/b~1c/-', true],
    ['/a/b~1c/9', false],
    ['/a/b~1c/x', false],
    ['/x/y', false],
    ['/n/y', false],
    ['', false],
  ] as const) {
    it(`${ok ? 'set' : 'do not set'} ${JSON.stringify(pointer)}`, () => {
      const changed = document();
      expect(setAt(changed, parts(pointer), 'v')).to.equal(ok);
      expect(JSON.stringify(changed).includes('"v"')).to.equal(ok);
    });
  }

  it('set __proto__ as a member like any other', () => {
    const changed = document();
    expect(setAt(changed, ['__proto__'], { polluted: true })).to.equal(true);
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
    expect(Object.getPrototypeOf(changed)).to.equal(Object.prototype);
    expect(JSON.stringify(changed)).to.include('"__proto__":{"polluted":true}');
  });

  for (const [pointer, ok] of [
    ['/a/b~1c/0', true],
    ['/n', true],
    ['/a/b~1c/2', false],
    ['/a/b~1c/length', false],
    ['/x', false],
    ['/n/x', false],
    ['', false],
  ] as const) {
    it(`${ok ? 'remove' : 'do not remove'} ${JSON.stringify(pointer)}`, () => {
      const changed = document();
      const before = JSON.stringify(changed);
      expect(removeAt(changed, parts(pointer))).to.equal(ok);
      expect(JSON.stringify(changed) !== before).to.equal(ok);
    });
  }
});
