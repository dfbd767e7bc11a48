import { expect } from 'chai';
import { declaredLength, requestProblem, trailerProblem } from '../../../src/http/http3/field-rules.ts';

const pseudo = [':method', 'GET', ':scheme', 'https', ':authority', 'a', ':path', '/'];

describe('fields of HTTP/3 (RFC 9114 section 4)', () => {
  for (const [title, flat] of [
    ['a GET', pseudo],
    ['fields of all kinds', [...pseudo, 'x-a', 'b\tc', 'te', 'trailers', 'cookie', 'a=b', 'x-e', '']],
    ['Host in place of :authority', [':method', 'GET', ':scheme', 'https', ':path', '/', 'host', 'a']],
    ['CONNECT', [':method', 'CONNECT', ':authority', 'a:443']],
    [
      'extended CONNECT',
      [':method', 'CONNECT', ':protocol', 'websocket', ':scheme', 'https', ':path', '/', ':authority', 'a'],
    ],
  ] as const) {
    it(`takes ${title}`, () => expect(requestProblem(flat)).to.equal(undefined));
  }

  for (const [title, flat, problem] of [
    ['no method', pseudo.slice(2), 'no :method'],
    ['no scheme', [...pseudo.slice(0, 2), ...pseudo.slice(4)], 'no :scheme'],
    ['no path', pseudo.slice(0, 6), 'no :path'],
    ['an empty path', [...pseudo.slice(0, 6), ':path', ''], 'no :path'],
    ['an empty authority', [...pseudo.slice(0, 4), ':authority', '', ':path', '/'], 'empty :authority'],
    ['a pseudo field twice', [...pseudo, ':path', '/'], 'twice'],
    ['a pseudo field behind others', ['x-a', 'b', ...pseudo], 'behind a field'],
    ['a pseudo field of responses', [...pseudo, ':status', '200'], 'unknown :status'],
    [':protocol without CONNECT', [...pseudo, ':protocol', 'websocket'], ':protocol'],
    ['CONNECT with a path', [':method', 'CONNECT', ':authority', 'a', ':path', '/'], 'CONNECT'],
    ['a control character in a pseudo field', [...pseudo.slice(0, 6), ':path', '/\n'], 'character'],
    ['an upper-case name', [...pseudo, 'X-A', 'b'], 'name'],
    ['an empty name', [...pseudo, '', 'b'], 'name'],
    ['a colon within a name', [...pseudo, 'a:b', 'c'], 'name'],
    ['connection', [...pseudo, 'connection', 'close'], 'connection'],
    ['keep-alive', [...pseudo, 'keep-alive', '1'], 'keep-alive'],
    ['proxy-connection', [...pseudo, 'proxy-connection', 'close'], 'proxy-connection'],
    ['transfer-encoding', [...pseudo, 'transfer-encoding', 'chunked'], 'transfer-encoding'],
    ['upgrade', [...pseudo, 'upgrade', 'h2c'], 'upgrade'],
    ['te with more than trailers', [...pseudo, 'te', 'gzip'], 'te'],
    ['a line feed', [...pseudo, 'x-a', 'b\nc'], 'value of x-a'],
    ['a NUL', [...pseudo, 'x-a', 'b\0'], 'value of x-a'],
    ['a blank before a value', [...pseudo, 'x-a', ' b'], 'value of x-a'],
    ['a tab behind a value', [...pseudo, 'x-a', 'b\t'], 'value of x-a'],
  ] as const) {
    it(`refuses ${title}`, () => expect(requestProblem(flat)).to.include(problem));
  }

  it('takes no pseudo field and nothing of a connection in trailers', () => {
    expect(trailerProblem(['x-sum', '1'])).to.equal(undefined);
    expect(trailerProblem([':path', '/'])).to.include(':path');
    expect(trailerProblem(['transfer-encoding', 'chunked'])).to.include('transfer-encoding');
  });

  it('reads Content-Length once and exactly', () => {
    expect(declaredLength(pseudo)).to.equal(undefined);
    expect(declaredLength(['content-length', '42'])).to.equal(42);
    for (const flat of [
      ['content-length', '+1'],
      ['content-length', ''],
      ['content-length', '9'.repeat(16)],
      ['content-length', '1', 'content-length', '1'],
    ])
      expect(declaredLength(flat)).to.deep.equal(Number.NaN);
  });
});
