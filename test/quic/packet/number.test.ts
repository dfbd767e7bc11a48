import { expect } from 'chai';
import { decodeNumber, numberLength } from '../../../src/quic/packet/number.ts';

describe('packet numbers (RFC 9000 appendix A)', () => {
  it('reads the example of A.3', () => {
    expect(decodeNumber(0x9b32, 2, 0xa82f30ea)).to.equal(0xa82f9b32);
  });

  it('needs as many bytes as the examples of A.2 say', () => {
    expect(numberLength(0xac5c02, 0xabe8b3)).to.equal(2);
    expect(numberLength(0xace8fe, 0xabe8b3)).to.equal(3);
  });

  it('reads back whatever it has written, at every distance', () => {
    for (const acked of [-1, 0, 100, 2 ** 16, 2 ** 32, 2 ** 40])
      for (const ahead of [1, 2, 126, 127, 128, 2 ** 15 - 1, 2 ** 15, 2 ** 22]) {
        const number = acked + ahead;
        const length = numberLength(number, acked);
        const truncated = number % 2 ** (8 * length);
        // The receiver has seen something between what was acknowledged and the number before.
        for (const largest of [acked, number - 1])
          expect(decodeNumber(truncated, length, largest), `${acked}+${ahead}`).to.equal(number);
      }
  });
});
