import { expect } from 'chai';
import { TextPlace } from '../../src/balance/text-place.ts';
import { HeaderList } from '../../src/http/headers.ts';

const place = new TextPlace();
const found = (): string => place.text.slice(place.start, place.end);

describe('TextPlace', () => {
  for (const [fields, wanted] of [
    [['a=1'], '1'],
    [['b=2;a=1'], '1'],
    [['b=2;  a=1; c=3'], '1'],
    [['b=2', 'c=3; a=1'], '1'],
    [['a='], ''],
    [['a=1=2; a=3'], '1=2'],
    [['aa=1; ba=2; a'], undefined],
    [[], undefined],
  ] as const)
    it(`finds ${wanted ?? 'no'} cookie in ${JSON.stringify(fields)}`, () => {
      const headers = new HeaderList(fields.flatMap((value) => ['cookie', value]));
      expect(place.findCookie(headers, 'a')).to.equal(wanted !== undefined);
      if (wanted !== undefined) expect(found()).to.equal(wanted);
    });

  for (const [query, wanted] of [
    ['a=1', '1'],
    ['aa=2&a=1&a=3', '1'],
    ['b=a=2&a=', ''],
    ['a', undefined],
    ['', undefined],
  ] as const)
    it(`finds ${wanted ?? 'no'} parameter in "${query}"`, () => {
      expect(place.findParameter(query, 'a')).to.equal(wanted !== undefined);
      if (wanted !== undefined) expect(found()).to.equal(wanted);
    });

  it('compares without cutting out', () => {
    place.findParameter('x=1&a=abc&y=2', 'a');
    expect(['abc', 'ab', 'abcd', 'abd'].map((text) => place.equals(text))).to.deep.equal([
      true,
      false,
      false,
      false,
    ]);
  });
});
