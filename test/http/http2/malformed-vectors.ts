type Field = readonly [name: string, value: string];

/** A request, and what becomes of it. */
export interface Vector {
  readonly what: string;
  readonly fields: readonly Field[];
  /** DATA frames behind the head, and fields behind those. Without either the head ends the stream. */
  readonly data?: readonly string[];
  readonly trailers?: readonly Field[];
  /** `reset 1` is a stream error of PROTOCOL_ERROR; `passes` and `left out` come to the routes. */
  readonly expected: 'reset 1' | 'closed' | 'status 400' | 'status 501' | 'left out' | 'passes';
}

const method: Field = [':method', 'GET'];
const post: Field = [':method', 'POST'];
const scheme: Field = [':scheme', 'http'];
const authority: Field = [':authority', 'a'];
const path: Field = [':path', '/'];
const head = [method, scheme, authority, path];
const upload = [post, scheme, authority, path];

const field = (
  what: string,
  name: string,
  value: string,
  expected: Vector['expected'] = 'reset 1',
): Vector => ({
  what,
  fields: [...head, [name, value]],
  expected,
});
const pseudo = (
  what: string,
  fields: readonly Field[],
  expected: Vector['expected'] = 'reset 1',
): Vector => ({
  what,
  fields,
  expected,
});
const target = (what: string, value: string, expected: Vector['expected'] = 'status 400'): Vector => ({
  what,
  fields: [method, scheme, authority, [':path', value]],
  expected,
});
const host = (what: string, value: string, expected: Vector['expected'] = 'status 400'): Vector => ({
  what,
  fields: [method, scheme, [':authority', value], path],
  expected,
});
const body = (
  what: string,
  length: string,
  data: readonly string[],
  expected: Vector['expected'] = 'reset 1',
): Vector => ({ what, fields: [...upload, ['content-length', length]], data, expected });
const trailer = (
  what: string,
  trailers: readonly Field[],
  expected: Vector['expected'] = 'reset 1',
): Vector => ({
  what,
  fields: upload,
  data: ['x'],
  trailers,
  expected,
});

/** RFC 9113 section 8.2: names and values. */
const fields: readonly Vector[] = [
  field('a name in upper case', 'X-A', '1'),
  field('a name with one letter in upper case', 'x-aA', '1'),
  ...[
    ' ',
    '\t',
    ':',
    '(',
    ')',
    '/',
    ',',
    ';',
    '@',
    '"',
    '[',
    '{',
    '\x00',
    '\r',
    '\n',
    '\x7f',
    '\x80',
    '\xff',
  ].map((octet) => field(`a name with ${JSON.stringify(octet)} in it`, `x${octet}a`, '1', 'left out')),
  field('an empty name', '', '1', 'left out'),
  ...['\x00', '\r', '\n', '\r\nx: y', '\x01', '\x1f', '\x7f'].map((octet) =>
    field(`a value with ${JSON.stringify(octet)} in it`, 'x-a', `1${octet}2`, 'left out'),
  ),
  field('a value that begins with a space', 'x-a', ' 1', 'left out'),
  field('a value that begins with a tab', 'x-a', '\t1', 'left out'),
  field('a value that ends with a space', 'x-a', '1 ', 'left out'),
  field('a value that ends with a tab', 'x-a', '1\t', 'left out'),
  field('an empty value', 'x-a', '', 'passes'),
  field('a value with a tab and Latin-1 within', 'x-a', '1\t\xe9', 'passes'),
];

/** Section 8.2.2. */
const ofConnection: readonly Vector[] = [
  field('connection', 'connection', 'close'),
  field('keep-alive', 'keep-alive', 'timeout=5'),
  field('proxy-connection', 'proxy-connection', 'keep-alive'),
  field('transfer-encoding', 'transfer-encoding', 'chunked'),
  field('upgrade', 'upgrade', 'websocket'),
  field('te with gzip', 'te', 'gzip'),
  field('te with trailers and gzip', 'te', 'trailers, gzip'),
  field('te with trailers', 'te', 'trailers', 'passes'),
];

/** Section 8.3. */
const pseudos: readonly Vector[] = [
  pseudo('no :method', [scheme, authority, path]),
  pseudo('no :scheme', [method, authority, path]),
  pseudo('no :path', [method, scheme, authority]),
  pseudo('no :authority and no host', [method, scheme, path]),
  pseudo('no :authority but a host', [method, scheme, path, ['host', 'a']], 'passes'),
  ...head.map((one) => pseudo(`${one[0]} twice`, [...head, one])),
  pseudo('an unknown pseudo-header', [...head, [':x', '1']]),
  pseudo('a pseudo-header of responses', [...head, [':status', '200']]),
  pseudo('a pseudo-header behind a field', [method, scheme, authority, ['x-a', '1'], path]),
  pseudo(':protocol without CONNECT', [...head, [':protocol', 'websocket']]),
  pseudo('an empty :method', [[':method', ''], scheme, authority, path]),
  pseudo('a :method with a space', [[':method', 'GE T'], scheme, authority, path]),
  pseudo('a :method in lower case', [[':method', 'get'], scheme, authority, path], 'status 400'),
  pseudo('CONNECT with a :path', [[':method', 'CONNECT'], scheme, authority, path]),
  pseudo('CONNECT', [[':method', 'CONNECT'], authority], 'status 501'),
  pseudo('an empty :scheme', [method, [':scheme', ''], authority, path]),
  pseudo('a :scheme that is none', [method, [':scheme', 'ht tp'], authority, path]),
  pseudo('a :scheme that is not of HTTP', [method, [':scheme', 'ftp'], authority, path], 'status 400'),
];

const targets: readonly Vector[] = [
  target('an empty :path', '', 'reset 1'),
  target('a :path without a slash', 'a', 'reset 1'),
  target('* for a GET', '*', 'reset 1'),
  target('a :path with a space', '/a b', 'reset 1'),
  target('a :path with NUL', '/a\x00b', 'reset 1'),
  target('a :path with CR and LF', '/ HTTP/1.1\r\nx: y', 'reset 1'),
  target('a :path in absolute form', 'http://b/', 'reset 1'),
  target('a fragment', '/a#b'),
  target('a :path above the root', '/../a'),
  target('an escaped NUL', '/%00'),
  target('a broken escape', '/%4'),
  pseudo('* for OPTIONS', [[':method', 'OPTIONS'], scheme, authority, [':path', '*']], 'passes'),
];

const hosts: readonly Vector[] = [
  host('an empty :authority', '', 'reset 1'),
  host('user information', 'user@a', 'reset 1'),
  host('user information with a password', 'user:secret@a', 'reset 1'),
  host('a port that is none', 'a:b'),
  host('a port above 65535', 'a:65536'),
  host('an :authority with a space', 'a b', 'reset 1'),
  host('an :authority with a slash', 'a/b', 'reset 1'),
  host('an :authority with a control character', 'a\x01', 'reset 1'),
  host('two hosts in one', 'a,b:80,c'),
  host('an unfinished IPv6 address', '[::1'),
  host('an IPv6 address with a port', '[::1]:80', 'passes'),
  field('a host that differs from :authority', 'host', 'b', 'status 400'),
  field('a host that is :authority in upper case', 'host', 'A', 'passes'),
  field('an empty host beside :authority', 'host', ''),
  pseudo('two hosts', [method, scheme, path, ['host', 'a'], ['host', 'a']]),
];

/** Section 8.1.1. node:http2 makes too much DATA an error of the connection, as section 5.4.1 lets it. */
const lengths: readonly Vector[] = [
  body('more DATA than content-length says', '2', ['abc'], 'closed'),
  body('more DATA in two frames', '3', ['ab', 'cd'], 'closed'),
  body('less DATA than content-length says', '4', ['abc']),
  body('a content-length without DATA', '1', ['']),
  body('a content-length of 0 with DATA', '0', ['a'], 'closed'),
  body('a content-length that is no number', 'a', ['a']),
  body('a negative content-length', '-1', ['a']),
  body('a content-length with a sign', '+1', ['a']),
  body('a content-length beyond 2^63', '99999999999999999999', ['a']),
  {
    what: 'two content-lengths',
    fields: [...upload, ['content-length', '1'], ['content-length', '1']],
    data: ['a'],
    expected: 'reset 1',
  },
  {
    what: 'a content-length on a head that ends the stream',
    fields: [...upload, ['content-length', '1']],
    expected: 'reset 1',
  },
  body('as much DATA as content-length says', '3', ['a', 'bc'], 'passes'),
];

const trailers: readonly Vector[] = [
  trailer('a pseudo-header in trailers', [path]),
  trailer('a :status in trailers', [[':status', '200']]),
  trailer('a name in upper case in trailers', [['X-A', '1']]),
  trailer('connection in trailers', [['connection', 'close']]),
  trailer('transfer-encoding in trailers', [['transfer-encoding', 'chunked']]),
  trailer('content-length in trailers', [['content-length', '5']]),
  trailer('a value with a line in trailers', [['x-a', '1\r\nb: 2']], 'left out'),
  trailer('fields in trailers', [['x-sum', '1']], 'passes'),
];

export const tables = {
  'by its fields (RFC 9113 section 8.2.1)': fields,
  'by fields of a connection (section 8.2.2)': ofConnection,
  'by its pseudo-headers (section 8.3)': pseudos,
  'by its target (section 8.3.1)': targets,
  'by its host (section 8.3.1)': hosts,
  'by its length (section 8.1.1)': lengths,
  'by its trailers (section 8.1)': trailers,
};
