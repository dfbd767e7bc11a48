import { expect } from 'chai';
import { readClientParameters } from '../../../src/quic/connection/transport-parameters.ts';

describe('Transport parameters of a client', () => {
  it('may have ids and limits as large as integers of QUIC are', () => {
    const most = 'ffffffffffffffff';
    const parameters = readClientParameters(
      Buffer.from(
        // Two that nobody knows (RFC 9000 section 18.1), as Chromium chooses them; initial_max_data.
        ['fffffffffffffff8', '00', 'f00000000000001b', '01', 'aa', '04', '08', most, '0f', '00'].join(''),
        'hex',
      ),
    );
    expect(parameters.maxData).to.equal(2 ** 62);
    expect(parameters.initialSource).to.deep.equal(Buffer.alloc(0));
  });

  for (const [title, hex] of [
    ['twice', '04010504010a'],
    ['of servers', '0000'],
    ['with more than its integer', '04020505'],
    ['that ends within', '0408ff'],
    ['beneath what it may be', '030140'],
  ] as const)
    it(`are refused with one ${title}`, () => {
      expect(() => readClientParameters(Buffer.from(hex, 'hex'))).to.throw();
    });
});
