import { expect } from 'chai';
import { HeaderList } from '../../src/http/headers.ts';

const list = (): HeaderList => new HeaderList(['a', '1', 'b', '2', 'a', '3', 'c', '', 'a', '4']);

describe('HeaderList', () => {
  it('takes names in any case, and leaves what it was made of alone', () => {
    const raw = ['Content-Type', 'Text/Plain', 'X-A', 'B'];
    expect(HeaderList.fromRaw(raw).flat).to.deep.equal(['content-type', 'Text/Plain', 'x-a', 'B']);
    expect(raw[0]).to.equal('Content-Type');
  });

  it('keeps duplicates in order; the first is what get gives, all are what joined gives', () => {
    expect([list().size, list().get('a'), list().joined('a')]).to.deep.equal([5, '1', '1, 3, 4']);
  });

  for (const [name, value] of [
    ['c', ''],
    ['d', undefined],
    // A value is no name.
    ['1', undefined],
  ] as const) {
    it(`gives ${JSON.stringify(value)} for ${name}`, () => {
      expect([list().get(name), list().joined(name)]).to.deep.equal([value, value]);
      expect(list().has(name)).to.equal(value !== undefined);
    });
  }

  type Change = (headers: HeaderList) => unknown;
  const changes: readonly (readonly [string, Change, string, unknown])[] = [
    ['append', (h) => h.append('a', '5'), 'a1 b2 a3 c a4 a5', undefined],
    ['set of several', (h) => h.set('a', '9'), 'a9 b2 c', undefined],
    ['set of a new one', (h) => h.set('d', '9'), 'a1 b2 a3 c a4 d9', undefined],
    ['delete of several', (h) => h.delete('a'), 'b2 c', true],
    ['delete of none', (h) => h.delete('d'), 'a1 b2 a3 c a4', false],
    ['delete of a value', (h) => h.delete('1'), 'a1 b2 a3 c a4', false],
    ['deleteAny', (h) => h.deleteAny(['c', 'a', 'x']), 'b2', undefined],
  ];
  for (const [title, change, want, result] of changes) {
    it(`${title} leaves ${want}`, () => {
      const headers = list();
      expect(change(headers)).to.equal(result);
      const pairs = headers.flat.map((part, i) => (i % 2 === 0 ? ` ${part}` : part));
      expect(pairs.join('').trim()).to.equal(want);
    });
  }

  it('copies', () => {
    const headers = list();
    headers.copy().set('b', 'changed');
    expect(headers.get('b')).to.equal('2');
  });
});
