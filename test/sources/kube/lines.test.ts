import { expect } from 'chai';
import { UnreadableError } from '../../../src/sources/kube/api-error.ts';
import { Lines } from '../../../src/sources/kube/lines.ts';

function linesOf(pieces: readonly string[]): readonly string[] {
  const found: string[] = [];
  const lines = new Lines((line) => found.push(line));
  for (const piece of pieces) lines.push(piece);
  lines.end();
  return found;
}

describe('lines of a stream', () => {
  for (const [name, given, wanted] of [
    ['in one piece', ['a\nb\n'], ['a', 'b']],
    ['over pieces', ['a', 'b\nc', 'd', 'e\n'], ['ab', 'cde']],
    ['without an end', ['a\nb'], ['a', 'b']],
    ['empty ones', ['\n\na\n'], ['', '', 'a']],
    ['with its end alone in a piece', ['a', '\n', 'b\n'], ['a', 'b']],
    ['nothing', [], []],
  ] as const) {
    it(`are right ${name}`, () => {
      expect(linesOf(given)).to.deep.equal(wanted);
    });
  }

  it('end with an error when one is too long', () => {
    const piece = 'x'.repeat(1 << 24);
    expect(() => linesOf([piece, piece, piece, piece, piece])).to.throw(UnreadableError);
  });
});
