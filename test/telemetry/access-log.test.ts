import { expect } from 'chai';
import type { Exchange } from '../../src/http/exchange.ts';
import { toLine } from '../../src/telemetry/access-log.ts';
import { exchangeOf } from '../support/requests.ts';

/** A line as it is written: what is undefined is not there. */
const lineOf = (exchange: Exchange, status: number): Record<string, unknown> =>
  JSON.parse(JSON.stringify(toLine(exchange, status))) as Record<string, unknown>;

describe('access log', () => {
  it('tells of a forwarded request with what the client asked for and what the upstream got', () => {
    const { exchange } = exchangeOf('GET shop.example.com/cart?token=secret', ['user-agent', 'curl/8']);
    Object.assign(exchange, {
      id: 'id-1',
      route: 'shop/cart',
      rule: 'main',
      upstream: 'shop/web',
      endpoint: '10.0.0.1:80',
      attempts: 2,
      upstreamStatus: 200,
      upstreamMs: 1.23456,
      requestBytes: 3,
      responseBytes: 4,
      plugins: { 'shop/p': 'continue' },
    });
    exchange.request.path = '/v2/cart';
    exchange.request.method = 'POST';
    const { time, durationMs, ...line } = lineOf(exchange, 200);
    expect(time).to.equal(new Date(exchange.receivedAt).toISOString());
    expect(durationMs).to.be.within(0, 10_000);
    expect(line).to.deep.equal({
      level: 'access',
      requestId: 'id-1',
      client: '192.0.2.1',
      listener: 'test',
      protocol: 'HTTP/1.1',
      method: 'GET',
      host: 'shop.example.com',
      path: '/cart',
      status: 200,
      route: 'shop/cart',
      rule: 'main',
      upstream: 'shop/web',
      upstreamPath: '/v2/cart',
      endpoint: '10.0.0.1:80',
      upstreamStatus: 200,
      attempts: 2,
      plugins: { 'shop/p': 'continue' },
      upstreamMs: 1.235,
      requestBytes: 3,
      responseBytes: 4,
      userAgent: 'curl/8',
    });
  });

  it('leaves out what there was not', () => {
    const { exchange } = exchangeOf('GET shop.example.com/');
    exchange.errorCode = 'no-route';
    exchange.errorDetail = 'no route matches the request';
    const absent = ['route', 'rule', 'upstream', 'upstreamPath', 'endpoint', 'upstreamStatus', 'attempts'];
    const line = lineOf(exchange, 404);
    expect(line).not.to.have.any.keys(...absent, 'upstreamMs', 'plugins', 'userAgent');
    expect(line).to.include({ status: 404, error: 'no-route', detail: 'no route matches the request' });
  });

  it('says that an upstream answered at once', () => {
    const { exchange } = exchangeOf('GET a/');
    exchange.upstreamMs = 0;
    expect(lineOf(exchange, 200)).to.include({ upstreamMs: 0 });
  });
});
