import { expect } from 'chai';
import { abuseOf, FloodGuard } from '../../../src/http/http2/flood-guard.ts';

const limits = { http2ResetsPerSecond: 10, http2OverheadBytesPerSecond: 1000 };

describe('FloodGuard', () => {
  it('takes ten seconds of resets at once, and a second of them each second', () => {
    const guard = new FloodGuard(limits, 0);
    const resets = (count: number): boolean[] => Array.from({ length: count }, () => guard.reset());
    expect(resets(100)).not.to.include(true);
    guard.hasTooMuchOverhead(1000, 0);
    expect(resets(11)).to.deep.equal([...Array.from({ length: 10 }, () => false), true]);
  });

  it('forgives a reset for each stream that ends', () => {
    const guard = new FloodGuard(limits, 0);
    for (let i = 0; i < 1000; i++) {
      expect(guard.reset()).to.equal(false);
      guard.completed();
    }
  });

  it('takes eight seconds of bytes for nothing at once, and a second of them each second', () => {
    const guard = new FloodGuard(limits, 0);
    expect(guard.hasTooMuchOverhead(0, 8000)).to.equal(false);
    expect(guard.hasTooMuchOverhead(1000, 9000)).to.equal(false);
    expect(guard.hasTooMuchOverhead(1000, 9001)).to.equal(true);
  });

  it('counts no bytes that had a purpose, and does not let a client save them up', () => {
    const guard = new FloodGuard(limits, 0);
    guard.request(400);
    guard.useful(1 << 20);
    expect(guard.hasTooMuchOverhead(0, 1 << 20)).to.equal(false);
    expect(guard.hasTooMuchOverhead(0, (1 << 20) + 8001)).to.equal(true);
  });

  for (const [error, abuse] of [
    [{ code: 'ERR_HTTP2_ERROR', errno: -505 }, 'protocol'],
    [{ code: 'ERR_HTTP2_ERROR', errno: -904 }, 'overhead'],
    [{ code: 'ERR_HTTP2_ERROR', errno: -905 }, 'continuation'],
    [{ code: 'ERR_HTTP2_TOO_MANY_INVALID_FRAMES', errno: -902 }, 'invalid-frames'],
    [{ code: 'ECONNRESET', errno: -104 }, undefined],
  ] as const) {
    it(`calls ${error.code} ${error.errno} ${abuse ?? 'nothing'}`, () => {
      expect(abuseOf(Object.assign(new Error('x'), error))).to.equal(abuse);
    });
  }
});
