import { expect } from 'chai';
import { ChunkReader, found, type Found } from '../../../src/http/http1/chunks.ts';

interface Read {
  readonly outcome: Found;
  readonly data: string;
  /** What was left behind the message. */
  readonly rest: string;
  readonly trailers: string | undefined;
}

/** Reads the pieces one after the other, as they come off a socket. */
function read(pieces: readonly string[]): Read {
  const chunks = new ChunkReader();
  let data = '';
  for (const [i, piece] of pieces.entries()) {
    const bytes = Buffer.from(piece, 'latin1');
    chunks.at = 0;
    let outcome: Found;
    while ((outcome = chunks.step(bytes)) === found.data) {
      data += bytes.latin1Slice(chunks.from, chunks.to);
    }
    if (outcome === found.nothing) continue;
    const rest = bytes.latin1Slice(chunks.at) + pieces.slice(i + 1).join('');
    return { outcome, data, rest, trailers: chunks.trailers?.latin1Slice() };
  }
  return { outcome: found.nothing, data, rest: '', trailers: undefined };
}

const whole = '5\r\nhello\r\nA;name="v"\r\n, my world\r\n0\r\nx-sum: 7\r\nx-b: 8\r\n\r\nGET /next';

describe('ChunkReader', () => {
  it('gives the same wherever the bytes are cut into two', () => {
    const expected: Read = {
      outcome: found.end,
      data: 'hello, my world',
      rest: 'GET /next',
      trailers: 'x-sum: 7\r\nx-b: 8\r\n\r\n',
    };
    expect(read([whole])).to.deep.equal(expected);
    for (let at = 1; at < whole.length; at++) {
      expect(read([whole.slice(0, at), whole.slice(at)]), `cut at ${at}`).to.deep.equal(expected);
    }
  });

  it('gives the same byte by byte', () => {
    expect(read(whole.split(''))).to.include({
      outcome: found.end,
      data: 'hello, my world',
      rest: 'GET /next',
    });
  });

  it('ends without trailers at the empty line, and takes nothing of what follows', () => {
    for (const pieces of [['0\r\n\r\n\r\n'], ['0\r\n\r', '\n\r\n']]) {
      expect(read(pieces)).to.deep.equal({ outcome: found.end, data: '', rest: '\r\n', trailers: '\r\n' });
    }
  });

  for (const [what, bytes] of [
    ['a size that begins with a space', ' 5\r\nhello\r\n'],
    ['a size without digits', '\r\n'],
    ['a size of fourteen digits', '00000000000005\r\nhello'],
    ['an extension of a control character', '5;a\0\r\nhello'],
    ['an extension without end', `5;${'a'.repeat(5000)}`],
    ['a size line that ends with CR alone', '5\rhello'],
    ['data that is longer than told', '5\r\nhello!\r\n'],
    ['CR alone behind the data', '5\r\nhello\r5'],
    ['CR alone in the place of the empty line', '0\r\n\rx'],
    ['trailers without end', `0\r\n${'a: b\r\n'.repeat(5000)}`],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(read([bytes]).outcome).to.equal(found.malformed);
      expect(read(bytes.split('')).outcome).to.equal(found.malformed);
    });
  }
});
