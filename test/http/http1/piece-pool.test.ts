import { expect } from 'chai';
import { PieceCopy } from '../../../src/http/http1/piece-pool.ts';

describe('PieceCopy', () => {
  it('keeps what the piece held', () => {
    const piece = Buffer.from('abc');
    const copy = new PieceCopy(piece);
    piece.fill('x');
    expect(copy.bytes.toString()).to.equal('abc');
  });

  it('shares no memory with another one that is not written yet', () => {
    const first = new PieceCopy(Buffer.from('first'));
    const second = new PieceCopy(Buffer.from('second'));
    expect(second.bytes.buffer).to.not.equal(first.bytes.buffer);
    expect(first.bytes.toString()).to.equal('first');
  });

  it('uses the memory of one that is written again', () => {
    const first = new PieceCopy(Buffer.from('first'));
    first.release();
    const second = new PieceCopy(Buffer.from('second'));
    expect(second.bytes.buffer).to.equal(first.bytes.buffer);
    expect(second.bytes.toString()).to.equal('second');
  });
});
