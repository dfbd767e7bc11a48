import { expect } from 'chai';
import { goingAway, WebSocketFrames } from '../../src/http/websocket-frames.ts';
import { frame } from '../support/websocket.ts';

/** Where it stops, when it is given the bytes in pieces of that size. */
function ends(bytes: Buffer, size: number): number[] {
  const frames = new WebSocketFrames();
  const found: number[] = [];
  for (let from = 0; from < bytes.length; from += size) {
    const piece = bytes.subarray(from, from + size);
    for (let at = 0; at < piece.length;) {
      at = frames.next(piece, at);
      if (frames.between) found.push(from + at);
    }
  }
  return found;
}

describe('WebSocketFrames', () => {
  const each: readonly (readonly [string, Buffer])[] = [
    ['without a payload', frame('')],
    ['of a few bytes', frame('hello')],
    ['of 125 bytes', frame('x'.repeat(125))],
    ['of 126 bytes', frame('x'.repeat(126))],
    ['of 65,535 bytes', frame('x'.repeat(65_535))],
    ['of 65,536 bytes', frame('x'.repeat(65_536))],
    ['with a mask', frame('hello', { masked: true })],
    ['with a mask and nothing else', frame('', { masked: true })],
    ['with a mask and 70,000 bytes', frame('y'.repeat(70_000), { masked: true })],
    ['of control', frame('ping', { opcode: 9 })],
    ['that says goodbye', goingAway],
  ];

  for (const size of [1, 2, 3, 7, 4096, Infinity])
    it(`knows the end of every frame, in pieces of ${size}`, () => {
      let at = 0;
      const expected = each.map(([, bytes]) => (at += bytes.length));
      expect(ends(Buffer.concat(each.map(([, bytes]) => bytes)), Math.min(size, 1 << 20))).to.deep.equal(
        expected,
      );
    });

  for (const [title, bytes] of each)
    it(`is between frames before and behind one ${title}, and nowhere in it`, () => {
      for (let cut = 1; cut < bytes.length; cut += cut < 20 ? 1 : 997) {
        const frames = new WebSocketFrames();
        expect(frames.between).to.equal(true);
        frames.skip(bytes.subarray(0, cut));
        expect(frames.between, `after ${cut} bytes`).to.equal(false);
        frames.skip(bytes.subarray(cut));
        expect(frames.between).to.equal(true);
        expect(frames.closing).to.equal(bytes === goingAway);
      }
    });

  it('has a farewell that says 1001', () => {
    expect(goingAway).to.deep.equal(frame(Buffer.from([0x03, 0xe9]), { opcode: 8 }));
  });
});
