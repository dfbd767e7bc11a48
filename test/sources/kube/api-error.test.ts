import { expect } from 'chai';
import { ApiError, readRetryAfter } from '../../../src/sources/kube/api-error.ts';
import { backoffMs } from '../../../src/sources/kube/backoff.ts';

describe('errors of the API server', () => {
  it('carry status, reason and patience', () => {
    const error = new ApiError(429, {
      reason: 'TooManyRequests',
      message: 'slow down',
      details: { retryAfterSeconds: 3 },
    });
    expect(error).to.include({ status: 429, reason: 'TooManyRequests', retryAfterMs: 3000 });
    expect(error.message).to.equal('the API server answers 429: slow down');
    expect(new ApiError(429, { details: { retryAfterSeconds: 3 } }, 7000).retryAfterMs).to.equal(7000);
  });

  for (const [value, wanted] of [
    ['2', 2000],
    ['0', 0],
    ['-1', undefined],
    ['soon', undefined],
    [undefined, undefined],
  ] as const) {
    it(`reads Retry-After ${String(value)}`, () => expect(readRetryAfter(value)).to.equal(wanted));
  }

  it('reads Retry-After as a date', () => {
    expect(readRetryAfter(new Date(Date.now() + 60_000).toUTCString())).to.be.within(57_000, 60_000);
    expect(readRetryAfter(new Date(Date.now() - 60_000).toUTCString())).to.equal(0);
  });

  it('are waited for longer each time, within limits and with jitter', () => {
    const limits = { minMs: 800, maxMs: 30_000 };
    for (let i = 0; i < 200; i++) {
      expect(backoffMs(1, limits)).to.be.within(400, 800);
      expect(backoffMs(3, limits)).to.be.within(1600, 3200);
      expect(backoffMs(1000, limits)).to.be.within(15_000, 30_000);
    }
    expect(backoffMs(1, limits, 5000)).to.equal(5000);
    expect(backoffMs(1, limits, 86_400_000)).to.equal(120_000);
    expect(new Set(Array.from({ length: 20 }, () => backoffMs(1, limits))).size).to.be.greaterThan(10);
  });
});
