import { expect } from 'chai';
import { readMatcher, shown } from '../../src/harness/matcher.ts';

const values = (...texts: string[]): readonly Buffer[] => texts.map((text) => Buffer.from(text));

describe('readMatcher', () => {
  const cases: readonly (readonly [string, unknown, readonly Buffer[], boolean])[] = [
    ['a text is the value', 'a', values('a'), true],
    ['a text is not another value', 'a', values('ab'), false],
    ['a text is one value and not two', 'a', values('a', 'a'), false],
    ['a text is not nothing', 'a', [], false],
    ['a number is its text', 200, values('200'), true],
    ['null is nothing', null, [], true],
    ['null is not an empty value', null, values(''), false],
    ['a list is all values', ['a', 'b'], values('a', 'b'), true],
    ['a list has an order', ['b', 'a'], values('a', 'b'), false],
    ['a list has a length', ['a'], values('a', 'b'), false],
    ['contains looks into any value', { contains: 'b' }, values('x', 'abc'), true],
    ['contains is not there', { contains: 'z' }, values('abc'), false],
    ['matches is a regular expression', { matches: '^a.c$' }, values('abc'), true],
    ['matches does not match', { matches: '^b' }, values('abc'), false],
    [
      'json does not look at blanks and order',
      { json: { a: 1, b: [2] } },
      values('{ "b": [2], "a": 1 }'),
      true,
    ],
    ['json is all of it', { json: { a: 1 } }, values('{"a":1,"b":2}'), false],
    ['json is not text', { json: {} }, values('{'), false],
    ['json may be null', { json: null }, values('null'), true],
    ['base64 is bytes', { base64: '/wA=' }, [Buffer.from([255, 0])], true],
    ['conditions hold all', { contains: 'a', matches: 'z' }, values('a'), false],
  ];
  for (const [what, told, got, holds] of cases) {
    it(what, () => {
      const problems: string[] = [];
      const matcher = readMatcher(told, '/x', (_, message) => problems.push(message));
      expect(problems).to.deep.equal([]);
      expect(matcher.matches(got)).to.equal(holds);
    });
  }

  const wrong: readonly (readonly [unknown, string])[] = [
    [{}, '/x must have one of contains, matches, json and base64'],
    [{ contain: 'a' }, '/x/contain unknown field'],
    [{ matches: '(' }, '/x/matches Invalid regular expression'],
    [[{}], '/x/0 must be a text'],
  ];
  for (const [told, message] of wrong) {
    it(`refuses ${JSON.stringify(told)}`, () => {
      const problems: string[] = [];
      readMatcher(told, '/x', (path, problem) => problems.push(`${path} ${problem}`));
      expect(problems[0]).to.include(message);
    });
  }

  it('shows bytes that are no text, and cuts what is long', () => {
    expect(shown([Buffer.from([255, 0]), Buffer.from('"')])).to.equal('/wA=, "\\""');
    expect(shown([Buffer.alloc(5000, 'a')]))
      .to.have.length.below(2100)
      .and.to.include('(5002 characters)');
  });
});
