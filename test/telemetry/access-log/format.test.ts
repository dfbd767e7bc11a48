import { expect } from 'chai';
import type { Exchange } from '../../../src/http/exchange.ts';
import { HeaderList } from '../../../src/http/headers.ts';
import { usualFields, type AccessLogSettings } from '../../../src/model/access-log.ts';
import { readSettings } from '../../../src/sources/file/settings.ts';
import { compileFormat } from '../../../src/telemetry/access-log/format.ts';
import { exchangeOf } from '../../support/requests.ts';

function settingsOf(told: object): AccessLogSettings {
  const result = readSettings({ access_log: told });
  if (!('settings' in result) || !result.settings.accessLog) throw new Error(JSON.stringify(result));
  return result.settings.accessLog;
}

const lineOf = (exchange: Exchange, status: number, told: object = {}): string =>
  compileFormat(settingsOf(told))(exchange, status);
const jsonOf = (exchange: Exchange, status: number, told: object = {}): Record<string, unknown> =>
  JSON.parse(lineOf(exchange, status, told)) as Record<string, unknown>;

describe('access log in JSON', () => {
  it('tells of a forwarded request with what the client asked for and what the upstream got', () => {
    const { exchange } = exchangeOf('GET shop.example.com/cart?token=secret', ['user-agent', 'curl/8']);
    Object.assign(exchange, {
      id: 'id-1',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      route: 'shop/cart',
      rule: 'main',
      upstream: 'shop/web',
      endpoint: '10.0.0.1:80',
      attempts: 2,
      upstreamStatus: 200,
      upstreamMs: 1.23456,
      requestBytes: 3,
      responseBytes: 4,
      visits: [{ stage: {}, plugin: 'shop/p', verdict: 'continue' }],
    });
    exchange.request.path = '/v2/cart';
    exchange.request.method = 'POST';
    const { time, durationMs, ...line } = jsonOf(exchange, 200);
    expect(time).to.equal(new Date(exchange.receivedAt).toISOString());
    expect(durationMs).to.be.within(0, 10_000);
    expect(line).to.deep.equal({
      level: 'access',
      requestId: 'id-1',
      traceId: '0af7651916cd43dd8448eb211c80319c',
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
    const line = jsonOf(exchange, 404);
    expect(line).not.to.have.any.keys(...absent, 'upstreamMs', 'plugins', 'userAgent', 'traceId');
    expect(line).to.include({ status: 404, error: 'no-route', detail: 'no route matches the request' });
  });

  it('says that an upstream answered at once', () => {
    const { exchange } = exchangeOf('GET a/');
    exchange.upstreamMs = 0;
    expect(jsonOf(exchange, 200)).to.include({ upstreamMs: 0 });
  });

  it('has the fields that are chosen, in their order', () => {
    const { exchange } = exchangeOf('GET a.example/p?a=1');
    const fields = ['status', 'path', 'query', 'target', 'scheme', 'clientPort'];
    expect(lineOf(exchange, 200, { fields })).to.equal(
      '{"level":"access","status":200,"path":"/p","query":"a=1","target":"/p?a=1","scheme":"http","clientPort":40000}\n',
    );
  });

  it('tells the time to the millisecond', () => {
    const { exchange } = exchangeOf('GET a/');
    for (const time of [
      '2026-11-01T02:03:04.000Z',
      '2026-11-01T02:03:04.007Z',
      '2026-11-01T02:03:59.999Z',
      '1999-12-31T23:59:59.010Z',
    ]) {
      Object.assign(exchange, { receivedAt: Date.parse(time) });
      expect(jsonOf(exchange, 200)['time']).to.equal(time);
    }
  });

  it('has every field that may be chosen', () => {
    expect(usualFields).to.include.members(['time', 'requestId', 'userAgent']);
    expect(usualFields).not.to.include.members(['query', 'target']);
  });

  it('shows header fields of both ways, each as a text, and hides those that are secret', () => {
    const { exchange } = exchangeOf('GET a/', ['x-a', '1', 'x-a', '2', 'authorization', 'Bearer x']);
    exchange.response = { status: 200, headers: new HeaderList(['set-cookie', 's=1', 'age', '3']) };
    const line = jsonOf(exchange, 200, {
      fields: ['status'],
      request_headers: ['X-A', 'Authorization', 'x-none'],
      response_headers: ['Set-Cookie', 'age'],
    });
    expect(line['requestHeaders']).to.deep.equal({ 'x-a': '1, 2', authorization: '***' });
    expect(line['responseHeaders']).to.deep.equal({ 'set-cookie': '***', age: '3' });
  });

  for (const value of ['a"b', 'a\\b', 'a\nb', 'a\u0000b', 'ü', 'a\u2028b']) {
    it(`takes ${JSON.stringify(value)} as it is`, () => {
      const { exchange } = exchangeOf('GET a/', ['user-agent', value]);
      const text = lineOf(exchange, 200, { fields: ['userAgent'] });
      expect(JSON.parse(text)).to.deep.equal({ level: 'access', userAgent: value });
      expect(text.indexOf('\n')).to.equal(text.length - 1);
    });
  }
});

describe('access log in text', () => {
  it('knows the common and the combined format', () => {
    const { exchange } = exchangeOf('GET a.example/p?a=1&token=x', [
      'referer',
      'https://b.example/?code=1&b=2',
      'user-agent',
      'curl "8"',
    ]);
    Object.assign(exchange, { receivedAt: Date.UTC(2026, 10, 1, 2, 3, 4), responseBytes: 12 });
    const common = '192.0.2.1 - - [01/Nov/2026:02:03:04 +0000] "GET /p?a=1&token=*** HTTP/1.1" 200 12';
    expect(lineOf(exchange, 200, { format: 'common' })).to.equal(`${common}\n`);
    expect(lineOf(exchange, 200, { format: 'combined' })).to.equal(
      `${common} "https://b.example/?code=***&b=2" "curl \\x228\\x22"\n`,
    );
  });

  it('fills in variables, by their own names and by those of other templates', () => {
    const { exchange } = exchangeOf('GET a.example/p', ['x-a', 'v']);
    exchange.params = { id: '7' };
    exchange.response = { status: 201, headers: new HeaderList(['x-b', 'w']) };
    const format =
      '${method} ${request.method} ${client.address} ${param.id} ${header.X-A} ${response.header.x-b} ${error} $${x}';
    expect(lineOf(exchange, 201, { format })).to.equal('GET GET 192.0.2.1 7 v w - ${x}\n');
  });

  it('lets nothing of a client end a line or a field', () => {
    const { exchange } = exchangeOf('GET a/', ['user-agent', '"\\\n\u007f\u009b']);
    expect(lineOf(exchange, 200, { format: '"${header.user-agent}"' })).to.equal(
      '"\\x22\\x5C\\x0A\\x7F\\x9B"\n',
    );
  });
});
