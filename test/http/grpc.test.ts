import { expect } from 'chai';
import { LoomError, type ErrorCode } from '../../src/errors.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { grpcMessage, grpcTimeoutMs, isGrpc } from '../../src/http/grpc.ts';
import { HeaderList } from '../../src/http/headers.ts';
import { errorReply } from '../../src/http/respond.ts';

const call = (version = '2', type = 'application/grpc'): Exchange =>
  ({ wire: { version }, request: { headers: new HeaderList(['content-type', type]) } }) as Exchange;

describe('gRPC', () => {
  for (const [type, expected] of [
    ['application/grpc', true],
    ['application/grpc+proto', true],
    ['application/grpc; charset=utf-8', true],
    ['application/grpc-web', false],
    ['application/json', false],
  ] as const)
    it(`is ${expected ? '' : 'not '}${type}`, () => {
      expect(isGrpc(new HeaderList(['content-type', type]))).to.equal(expected);
    });

  for (const [value, ms] of [
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3000],
    ['250m', 250],
    ['1500u', 1.5],
    ['99999999n', 99.999999],
    ['123456789S', undefined],
    ['5', undefined],
    ['-1S', undefined],
  ] as const)
    it(`reads the timeout ${value} as ${ms} ms`, () => {
      const read = grpcTimeoutMs(new HeaderList(['grpc-timeout', value]));
      if (ms === undefined) expect(read).to.equal(undefined);
      else expect(read).to.be.closeTo(ms, 1e-9);
    });

  it('escapes what a message cannot hold', () => {
    expect(grpcMessage('50% of\tü: yes')).to.equal('50%25 of%09%C3%BC: yes');
  });

  for (const [code, status] of [
    ['bad-request', 13],
    ['no-route', 12],
    ['body-too-large', 8],
    ['upstream-reset', 14],
    ['breaker-open', 14],
    ['exchange-timeout', 4],
    ['client-abort', 1],
    ['internal', 2],
  ] as const satisfies readonly (readonly [ErrorCode, number])[])
    it(`answers a call with status ${status} for ${code}, in a head alone`, () => {
      const { head, body } = errorReply(new LoomError(code, 'for the log'), call());
      expect(body).to.equal(undefined);
      expect(head.status).to.equal(200);
      expect(head.headers.get('content-type')).to.equal('application/grpc');
      expect(head.headers.get('grpc-status')).to.equal(String(status));
      expect(head.headers.get('grpc-message'))
        .to.match(new RegExp(`^${code}: `))
        .and.not.match(/for the log/);
    });

  it('answers HTTP/1 and gRPC-Web as HTTP', () => {
    const error = new LoomError('no-route');
    expect(errorReply(error, call('1.1')).head.status).to.equal(404);
    expect(errorReply(error, call('2', 'application/grpc-web')).head.status).to.equal(404);
  });
});
