import { expect } from 'chai';
import { parseSelector } from '../../src/sources/label-selector.ts';

describe('label selectors', () => {
  for (const [text, yes, no] of [
    ['shard=a', { shard: 'a' }, { shard: 'b' }],
    ['shard==a', { shard: 'a', x: '1' }, {}],
    ['shard!=a', { shard: 'b' }, { shard: 'a' }],
    ['shard!=a', {}, { shard: 'a' }],
    ['shard in (a, b)', { shard: 'b' }, { shard: 'c' }],
    ['shard in (a,b)', { shard: 'a' }, {}],
    ['shard notin (a,b)', {}, { shard: 'b' }],
    ['loom.dev/shard', { 'loom.dev/shard': '' }, {}],
    ['!loom.dev/shard', {}, { 'loom.dev/shard': 'x' }],
    ['shard in (a,b),team=x', { shard: 'a', team: 'x' }, { shard: 'a', team: 'y' }],
  ] as const) {
    it(`${text} takes ${JSON.stringify(yes)} and not ${JSON.stringify(no)}`, () => {
      const selector = parseSelector(text);
      expect(selector.text).to.equal(text);
      expect([selector.matches(yes), selector.matches(no)]).to.deep.equal([true, false]);
    });
  }

  it('takes an object without labels for one with none', () =>
    expect(parseSelector('!a').matches(undefined)).to.equal(true));

  for (const text of ['', 'a=b=c', 'a in b', '-a=b', 'a,,b', 'a in (b']) {
    it(`does not take ${JSON.stringify(text)}`, () =>
      expect(() => parseSelector(text)).to.throw('is no label selector'));
  }
});
