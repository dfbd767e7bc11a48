import { expect } from 'chai';
import { compileQuestion, hasBodyToSend } from '../../../src/middleware/external-auth/question.ts';
import { HeldBody } from '../../../src/middleware/side/held-body.ts';
import type { ExternalAuth } from '../../../src/model/model.ts';
import { exchangeOf } from '../../support/requests.ts';

const settings = (part: Partial<ExternalAuth> = {}): ExternalAuth => ({
  upstream: 'auth',
  path: '/',
  isPrefix: false,
  preserveMethod: false,
  upstreamHeaders: [],
  responseHeaders: [],
  timeoutMs: 1000,
  failOpen: false,
  maxBodyBytes: 0,
  ...part,
});

describe('the question to an auth service', () => {
  const targets: readonly (readonly [
    string,
    Partial<ExternalAuth>,
    method: string,
    path: string,
    query: string,
  ])[] = [
    ['the root by default', {}, 'GET', '/', ''],
    ['a path of its own', { path: '/verify/' }, 'GET', '/verify/', ''],
    [
      'the path of the request behind a prefix',
      { path: '/check', isPrefix: true },
      'GET',
      '/check/a/b',
      'x=1',
    ],
    ['the same with a slash at its end', { path: '/check/', isPrefix: true }, 'GET', '/check/a/b', 'x=1'],
    ['the method of the request', { preserveMethod: true }, 'PUT', '/', ''],
  ];
  for (const [what, part, method, path, query] of targets) {
    it(`asks for ${what}`, () => {
      const { exchange } = exchangeOf('PUT shop.example.com/a/b?x=1');
      exchange.id = 'r-1';
      const question = compileQuestion(settings(part))(exchange, undefined);
      expect(question.request).to.include({ method, path, query, authority: 'shop.example.com' });
      expect([question.id, question.client.address]).to.deep.equal(['r-1', '192.0.2.1']);
      expect(question.requestBody).to.equal(undefined);
    });
  }

  const forwarded = ['x-forwarded-method', 'PUT', 'x-forwarded-uri', '/a?x=1'];

  it('says what the client has asked for, whatever the client says of that', () => {
    const { exchange } = exchangeOf('PUT shop/a?x=1', [
      'x-forwarded-method',
      'GET',
      'x-forwarded-uri',
      '/public',
    ]);
    expect(compileQuestion(settings())(exchange, undefined).request.headers.flat).to.deep.equal(forwarded);
  });

  it('has the headers of the request, without those of its body and those that ask for a part', () => {
    const { exchange } = exchangeOf('PUT shop/a?x=1', [
      'cookie',
      'a',
      'content-type',
      'application/grpc',
      'content-length',
      '4',
      'expect',
      '100-continue',
      'range',
      'bytes=0-1',
      'if-none-match',
      '*',
      'cookie',
      'b',
    ]);
    const { headers } = compileQuestion(settings())(exchange, undefined).request;
    expect(headers.flat).to.deep.equal(['cookie', 'a', 'cookie', 'b', ...forwarded]);
    expect(exchange.request.headers.get('range')).to.equal('bytes=0-1');
  });

  it('has no others than those that are named, beside what Loom says', () => {
    const fields = ['cookie', 'a', 'x-forwarded-for', '192.0.2.1', 'x-request-id', 'r', 'accept', '*/*'];
    const { exchange } = exchangeOf('PUT shop/a?x=1', fields);
    const { headers } = compileQuestion(settings({ requestHeaders: ['accept'] }))(
      exchange,
      undefined,
    ).request;
    expect(headers.flat).to.deep.equal([...fields.slice(2), ...forwarded]);
  });

  it('has the body with its fields and the method of the request', () => {
    const { exchange } = exchangeOf('PUT shop/a?x=1', ['content-type', 'text/plain', 'content-length', '2']);
    const body = new HeldBody(Buffer.from('hi'));
    const question = compileQuestion(settings({ requestHeaders: [] }))(exchange, body);
    expect(question.requestBody).to.equal(body);
    expect(question.request.method).to.equal('PUT');
    expect(question.request.headers.flat).to.deep.equal([
      'content-type',
      'text/plain',
      'content-length',
      '2',
      ...forwarded,
    ]);
  });

  it('is for another host where that is told', () => {
    const { exchange } = exchangeOf('GET shop/a');
    expect(compileQuestion(settings({ host: 'auth:81' }))(exchange, undefined).request.authority).to.equal(
      'auth:81',
    );
  });

  it('never waits for the body of a call of gRPC', () => {
    const { exchange } = exchangeOf('POST shop/a', ['content-type', 'application/grpc+proto']);
    exchange.requestBody = new HeldBody(Buffer.from('hi'));
    expect(hasBodyToSend(exchange)).to.equal(false);
    exchange.request.headers.set('content-type', 'application/json');
    expect(hasBodyToSend(exchange)).to.equal(true);
    exchange.requestBody = undefined;
    expect(hasBodyToSend(exchange)).to.equal(false);
  });
});
