import { expect } from 'chai';
import { bytesOf, numberOf, readMessage, writeMessage } from '../../../src/wasm/abi/protobuf.ts';

describe('protobuf', () => {
  it('writes what it reads', () => {
    const bytes = writeMessage([
      [1, 'é'],
      [2, Buffer.from([0, 255])],
      [3, true],
      [4, 300],
      [20, 2 ** 32],
    ]);
    expect(bytes.toString('hex')).to.equal('0a02c3a9120200ff180120ac02a001808080 8010'.replace(' ', ''));
    const message = readMessage(bytes);
    if (!message) throw new Error('not read');
    expect(bytesOf(message, 1).toString()).to.equal('é');
    expect(bytesOf(message, 2).equals(Buffer.from([0, 255]))).to.equal(true);
    expect([numberOf(message, 3), numberOf(message, 4), message.get(20)]).to.deep.equal([1, 300, 2n ** 32n]);
  });

  it('leaves out defaults', () => {
    expect(
      writeMessage([
        [1, ''],
        [2, 0],
        [3, false],
        [4, Buffer.alloc(0)],
      ]).length,
    ).to.equal(0);
  });

  it('takes the last of equal fields, skips fixed ones, and gives defaults for what is not there', () => {
    const message = readMessage(Buffer.from('0a01610a01621d010203042101020304050607082801', 'hex'));
    if (!message) throw new Error('not read');
    expect([bytesOf(message, 1).toString(), numberOf(message, 5)]).to.deep.equal(['b', 1]);
    expect([
      bytesOf(message, 9).length,
      numberOf(message, 9),
      bytesOf(message, 5).length,
      numberOf(message, 1),
    ]).to.deep.equal([0, 0, 0, 0]);
  });

  it('reads negative numbers', () => {
    const message = readMessage(Buffer.from('08ffffffffffffffffff01', 'hex'));
    expect(message && numberOf(message, 1)).to.equal(-1);
  });

  for (const hex of [
    '0a',
    '0a05616263',
    '0affffffffffffffffff01',
    '08ffffffffffffffffffff01',
    '0880',
    '0b',
    '0c',
    '0f',
    '00',
    '1d0102',
    'ff',
    'ffffffffff0108',
  ]) {
    it(`refuses ${hex}`, () => expect(readMessage(Buffer.from(hex, 'hex'))).to.equal(undefined));
  }
});
