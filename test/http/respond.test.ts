import { expect } from 'chai';
import { LoomError } from '../../src/errors.ts';
import { errorReply } from '../../src/http/respond.ts';
import { exchangeOf } from '../support/requests.ts';

function reply(
  error: LoomError,
  accept?: string,
): { status: number; headers: Record<string, string>; body: string } {
  const { exchange } = exchangeOf('GET a/', accept === undefined ? [] : ['accept', accept]);
  exchange.id = 'id-1';
  const { head, body } = errorReply(error, exchange);
  const { flat } = head.headers;
  const headers = Object.fromEntries(flat.flatMap((name, i) => (i % 2 ? [] : [[name, flat[i + 1] ?? '']])));
  return { status: head.status, headers, body: (body as Buffer).toString() };
}

describe('errorReply', () => {
  it('is a line of text with the code, without the detail', () => {
    const { status, headers, body } = reply(new LoomError('no-route', 'secret'));
    expect([status, body]).to.deep.equal([404, 'no-route: no route matches the request\n']);
    expect(headers).to.deep.equal({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(body.length),
    });
  });

  it('is JSON for those who ask for it', () => {
    const { headers, body } = reply(new LoomError('no-route'), 'application/json, */*');
    expect(JSON.parse(body)).to.deep.equal({
      error: 'no-route',
      message: 'no route matches the request',
      requestId: 'id-1',
    });
    expect(headers['content-type']).to.equal('application/json; charset=utf-8');
  });

  it('is text for those who take anything', () => {
    expect(reply(new LoomError('no-route'), '*/*').headers['content-type']).to.match(/^text\/plain/);
  });

  it('says when to come back, in whole seconds, rounded up', () => {
    const error = new LoomError('breaker-open');
    error.retryAfterMs = 1001;
    expect(reply(error).headers['retry-after']).to.equal('2');
  });

  for (const [code, closes] of [
    ['bad-request', true],
    ['request-timeout', true],
    ['body-too-large', true],
    ['no-route', false],
    ['connect-failed', false],
  ] as const) {
    it(`${closes ? 'closes' : 'keeps'} the connection after ${code}`, () => {
      expect(reply(new LoomError(code)).headers['connection']).to.equal(closes ? 'close' : undefined);
    });
  }
});
