import { bad, chunked, coding, get, ok, post, type Vector } from './vector.ts';

const fields: Vector[] = [
  { name: 'a space before the colon (9112 5.1)', bytes: get('Host: a', 'X : 1'), status: bad },
  { name: 'a folded line (9112 5.2)', bytes: get('Host: a', 'X: 1', ' 2'), status: bad },
  { name: 'a space before the first field', bytes: get(' Host: a'), status: bad },
  { name: 'no colon', bytes: get('Host: a', 'X'), status: bad },
  { name: 'an empty name', bytes: get('Host: a', ': 1'), status: bad },
  { name: 'a name with a bracket', bytes: get('Host: a', 'X[]: 1'), status: bad },
  { name: 'a name with a byte above ASCII', bytes: get('Host: a', '\xe4: 1'), status: bad },
  { name: 'NUL in a value', bytes: get('Host: a', 'X: a\0b'), status: bad },
  { name: 'a CR alone in a value', bytes: get('Host: a', 'X: a\rb'), status: bad },
  { name: 'an LF alone in a value', bytes: get('Host: a', 'X: a\nY: b'), status: bad },
  { name: 'a control character in a value', bytes: get('Host: a', 'X: \x01'), status: bad },
  { name: 'DEL in a value', bytes: get('Host: a', 'X: \x7f'), status: bad },
  { name: 'a tab in a value', bytes: get('Host: a', 'X: a\tb'), status: ok, seen: { has: ['x'] } },
  {
    name: 'bytes above ASCII in a value',
    bytes: get('Host: a', 'X: \xe4'),
    status: ok,
    seen: { has: ['x'] },
  },
  { name: 'an empty value', bytes: get('Host: a', 'X:'), status: ok, seen: { has: ['x'] } },
  {
    name: '1,500 fields: none may be dropped in silence',
    bytes: get('Host: a', ...Array.from({ length: 1500 }, () => 'a: 1'), 'x-last: 1'),
    status: [200, 431],
    seen: { has: ['x-last'] },
  },
  {
    name: 'a second Host behind 1,200 fields',
    bytes: get('Host: a', ...Array.from({ length: 1200 }, () => 'a: 1'), 'Host: b'),
    status: [400, 431],
  },
];

const hopByHop: Vector[] = [
  {
    name: 'hop-by-hop fields stay here (9110 7.6.1)',
    bytes: get('Host: a', 'Keep-Alive: 5', 'Proxy-Connection: x', 'TE: trailers', 'Upgrade: x'),
    status: ok,
    seen: { lacks: ['keep-alive', 'proxy-connection', 'upgrade', 'connection'] },
  },
  {
    name: 'a field with a short name in Connection',
    bytes: get('Host: a', 'X-A: 1', 'Connection: x-a'),
    status: ok,
    seen: { lacks: ['x-a', 'connection'] },
  },
  {
    name: 'a field with a long name in Connection',
    bytes: get('Host: a', 'Connection: keep-alive, X-Secret', 'X-Secret: 1'),
    status: ok,
    seen: { lacks: ['x-secret'] },
  },
  {
    name: 'Connection in two lines',
    bytes: get('Host: a', 'Connection: x-a', 'Connection: x-b', 'X-A: 1', 'X-B: 1'),
    status: ok,
    seen: { lacks: ['x-a', 'x-b'] },
  },
  {
    name: 'Connection cannot remove Authorization',
    bytes: get('Host: a', 'Connection: authorization', 'Authorization: b'),
    status: ok,
    seen: { has: ['authorization'] },
  },
  {
    name: 'Connection cannot remove Host',
    bytes: get('Host: a', 'Connection: host'),
    status: ok,
    seen: { authority: 'a' },
  },
  {
    name: 'Connection cannot remove X-Forwarded-For',
    bytes: get('Host: a', 'Connection: x-forwarded-for'),
    status: ok,
    seen: { has: ['x-forwarded-for'] },
  },
  {
    name: 'Connection cannot remove Content-Length',
    bytes: post(['Connection: content-length', 'Content-Length: 2'], 'ab'),
    status: ok,
    seen: { body: 'ab' },
  },
  {
    name: 'Upgrade: h2c is not forwarded (9113 3.1)',
    bytes: get(
      'Host: a',
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQAAP__',
    ),
    status: ok,
    seen: { lacks: ['upgrade', 'http2-settings', 'connection'] },
  },
  {
    name: 'a body with Upgrade is a body',
    bytes: post(['Connection: upgrade', 'Upgrade: x', 'Content-Length: 3'], 'abc'),
    status: ok,
    seen: { body: 'abc', lacks: ['upgrade'] },
  },
];

const length: Vector[] = [
  { name: 'Content-Length', bytes: post(['Content-Length: 3'], 'abc'), status: ok, seen: { body: 'abc' } },
  { name: 'Content-Length 0', bytes: post(['Content-Length: 0'], ''), status: ok, seen: { body: '' } },
  {
    name: 'a GET with a body',
    bytes: 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab',
    status: ok,
    seen: { body: 'ab' },
  },
  {
    name: 'two different Content-Lengths (9112 6.3)',
    bytes: post(['Content-Length: 3', 'Content-Length: 4'], 'abcd'),
    status: bad,
  },
  {
    name: 'the same Content-Length twice',
    bytes: post(['Content-Length: 3', 'Content-Length: 3'], 'abc'),
    status: bad,
  },
  { name: 'a list of Content-Lengths', bytes: post(['Content-Length: 3, 3'], 'abc'), status: bad },
  { name: 'Content-Length with a sign', bytes: post(['Content-Length: +3'], 'abc'), status: bad },
  { name: 'a negative Content-Length', bytes: post(['Content-Length: -1'], ''), status: bad },
  { name: 'Content-Length in hex', bytes: post(['Content-Length: 0x3'], 'abc'), status: bad },
  { name: 'an empty Content-Length', bytes: post(['Content-Length:'], ''), status: bad },
  { name: 'Content-Length with a space within', bytes: post(['Content-Length: 1 2'], 'abc'), status: bad },
  {
    name: 'a Content-Length above 2^64',
    bytes: post(['Content-Length: 99999999999999999999'], ''),
    status: bad,
  },
];

const coded: Vector[] = [
  { name: 'chunked', bytes: chunked('3\r\nabc\r\n0\r\n\r\n'), status: ok, seen: { body: 'abc' } },
  {
    name: 'a chunk extension',
    bytes: chunked('3;a=b\r\nabc\r\n0\r\n\r\n'),
    status: ok,
    seen: { body: 'abc' },
  },
  { name: 'trailers', bytes: chunked('3\r\nabc\r\n0\r\nX: 1\r\n\r\n'), status: ok, seen: { body: 'abc' } },
  {
    name: 'chunked with Content-Length (9112 6.1)',
    bytes: post(['Content-Length: 3', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
    status: bad,
  },
  {
    name: 'chunked before Content-Length',
    bytes: post(['Transfer-Encoding: chunked', 'Content-Length: 3'], '0\r\n\r\n'),
    status: bad,
  },
  {
    name: 'chunked on 1.0',
    bytes:
      'POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    status: coding,
  },
  { name: 'gzip, chunked', bytes: post(['Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'), status: coding },
  { name: 'chunked, gzip', bytes: post(['Transfer-Encoding: chunked, gzip'], '0\r\n\r\n'), status: coding },
  { name: 'identity', bytes: post(['Transfer-Encoding: identity'], ''), status: coding },
  {
    name: 'identity and chunked in two lines',
    bytes: post(['Transfer-Encoding: identity', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
    status: coding,
  },
  {
    name: 'chunked twice',
    bytes: post(['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
    status: coding,
  },
  { name: 'xchunked', bytes: post(['Transfer-Encoding: xchunked'], '0\r\n\r\n'), status: coding },
  {
    name: 'a space before the colon of Transfer-Encoding',
    bytes: post(['Transfer-Encoding : chunked'], '0\r\n\r\n'),
    status: bad,
  },
  { name: 'an empty Transfer-Encoding', bytes: post(['Transfer-Encoding:'], ''), status: coding },
  { name: 'a chunk size that is no hex', bytes: chunked('g\r\nabc\r\n0\r\n\r\n'), status: bad },
  { name: 'a chunk size with 0x', bytes: chunked('0x3\r\nabc\r\n0\r\n\r\n'), status: bad },
  { name: 'a negative chunk size', bytes: chunked('-3\r\nabc\r\n0\r\n\r\n'), status: bad },
  { name: 'a chunk size with a space behind', bytes: chunked('3 \r\nabc\r\n0\r\n\r\n'), status: bad },
  { name: 'a chunk size above 2^64', bytes: chunked('ffffffffffffffffff\r\nabc\r\n0\r\n\r\n'), status: bad },
  { name: 'a chunk longer than its size', bytes: chunked('3\r\nabcd\r\n0\r\n\r\n'), status: bad },
  { name: 'a chunk ended by LF alone', bytes: chunked('3\r\nabc\n0\r\n\r\n'), status: bad },
  { name: 'a chunk size ended by LF alone', bytes: chunked('3\nabc\r\n0\r\n\r\n'), status: bad },
  { name: 'a CR alone in a chunk extension', bytes: chunked('3;a\rb\r\nabc\r\n0\r\n\r\n'), status: bad },
];

/** Fields, and the framing that they give. */
export const fieldVectors: readonly Vector[] = [...fields, ...hopByHop, ...length, ...coded];
