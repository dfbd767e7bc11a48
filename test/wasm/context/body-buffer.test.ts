import { expect } from 'chai';
import { BodyBuffer } from '../../../src/wasm/context/body-buffer.ts';

const bufferOf = (...chunks: string[]): BodyBuffer => {
  const buffer = new BodyBuffer();
  for (const chunk of chunks) buffer.append(Buffer.from(chunk));
  return buffer;
};
const text = (buffer: BodyBuffer): string => Buffer.concat(buffer.take()).toString();

describe('BodyBuffer', () => {
  for (const [does, start, size, bytes, result] of [
    ['puts in front', 0, 0, 'x', 'xabcdef'],
    ['replaces everything', 0, 6, 'x', 'x'],
    ['replaces everything by a size beyond the end', 0, 0x7fffffff, 'x', 'x'],
    ['replaces the first bytes', 0, 2, 'x', 'xcdef'],
    ['replaces in the middle, across pieces', 2, 2, 'xyz', 'abxyzef'],
    ['inserts in the middle', 3, 0, 'x', 'abcxdef'],
    ['replaces the rest', 4, 100, 'x', 'abcdx'],
    ['appends at the end', 6, 0, 'x', 'abcdefx'],
    ['appends by a start beyond the end', 0xffff_ffff, 0, 'x', 'abcdefx'],
    ['removes', 1, 4, '', 'af'],
    ['removes everything', 0, 6, '', ''],
  ] as const) {
    it(does, () => {
      const buffer = bufferOf('abc', 'def');
      buffer.splice(start, size, Buffer.from(bytes));
      expect(buffer.length).to.equal(result.length);
      expect(text(buffer)).to.equal(result);
    });
  }

  for (const [start, max, result] of [
    [0, 100, 'abcdef'],
    [2, 3, 'cde'],
    [5, 100, 'f'],
    [6, 1, ''],
    [100, 1, ''],
  ] as const) {
    it(`shows ${max} bytes from ${start} as ${JSON.stringify(result)}`, () => {
      expect(bufferOf('abc', 'def').slice(start, max).toString()).to.equal(result);
    });
  }

  it('is empty when everything was taken', () => {
    const buffer = bufferOf('abc');
    expect(text(buffer)).to.equal('abc');
    expect([buffer.length, text(buffer)]).to.deep.equal([0, '']);
  });
});
