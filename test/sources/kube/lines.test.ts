import { expect } from 'chai';
import { toLines } from '../../../src/sources/kube/lines.ts';

async function* pieces(...all: string[]): AsyncGenerator<string> {
  yield* all;
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
    it(`are right ${name}`, async () => {
      expect(await Array.fromAsync(toLines(pieces(...given)))).to.deep.equal(wanted);
    });
  }

  it('end with an error when one is too long', async () => {
    const piece = 'x'.repeat(1 << 24);
    const error = await Array.fromAsync(toLines(pieces(piece, piece, piece, piece, piece))).catch(
      (e: unknown) => e,
    );
    expect(error).to.have.property('name', 'UnreadableError');
  });
});
