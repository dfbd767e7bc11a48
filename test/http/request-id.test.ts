import { expect } from 'chai';
import { isRequestId, makeRequestId } from '../../src/http/request-id.ts';

describe('request ids', () => {
  it('are never the same, and such that another Loom would keep them', () => {
    const ids = Array.from({ length: 1000 }, makeRequestId);
    expect(new Set(ids).size).to.equal(1000);
    expect(ids.every(isRequestId)).to.equal(true);
  });

  for (const [text, good] of [
    ['0af7651916cd43dd8448eb211c80319c', true],
    ['a.b_c:d/e+f=g-1', true],
    ['x'.repeat(128), true],
    ['x'.repeat(129), false],
    ['', false],
    ['a b', false],
    ['a\nb', false],
    ['a"b', false],
    ['ä', false],
  ] as const) {
    it(`${good ? 'keeps' : 'replaces'} ${JSON.stringify(text.slice(0, 20))} of ${text.length}`, () =>
      expect(isRequestId(text)).to.equal(good));
  }
});
