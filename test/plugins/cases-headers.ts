import { probe, type Case } from './case.ts';

/** Header maps: reading, changing, what is seen where, and what the messages are like that have nothing but a head. */
export const headers: readonly Case[] = [
  {
    name: 'reads pairs, with pseudo headers in front, names in lower case, equal names apart',
    chain: [probe('request_headers pairs 0', 'response_headers pairs 2')],
    headers: [
      ['X-Multi', 'one'],
      ['X-Multi', 'two'],
      ['X-Empty', ''],
    ],
    path: '/a/b?c=d&e',
    status: 200,
    shows: ':path: /a/b?c=d&e',
  },
  {
    name: 'reads values: the first of equal names, host by both names, none',
    chain: [
      probe(
        'request_headers get 0 x-multi',
        'request_headers get 0 X-MULTI',
        'request_headers get 0 host',
        'request_headers get 0 :authority',
        'request_headers get 0 :method',
        'request_headers get 0 :scheme',
        'request_headers get 0 :path',
        'request_headers get 0 x-absent',
        'response_headers get 2 :status',
        'response_headers get 2 x-absent',
      ),
    ],
    headers: [
      ['X-Multi', 'one'],
      ['X-Multi', 'two'],
    ],
    status: 200,
    shows: 'get 0 x-multi -> 0 3 one',
  },
  {
    name: 'adds, replaces and removes request headers',
    chain: [
      probe(
        'request_headers add 0 x-added first',
        'request_headers add 0 X-Added second',
        'request_headers replace 0 x-multi only',
        'request_headers replace 0 x-new new',
        'request_headers remove 0 x-secret',
        'request_headers remove 0 x-absent',
        'request_headers pairs 0',
      ),
    ],
    headers: [
      ['x-multi', 'one'],
      ['x-multi', 'two'],
      ['x-secret', 'yes'],
    ],
    status: 200,
    shows: 'x-multi: only',
  },
  {
    name: 'adds, replaces and removes response headers',
    chain: [
      probe(
        'response_headers add 2 set-cookie a=1',
        'response_headers add 2 set-cookie b=2',
        'response_headers replace 2 x-multi only',
        'response_headers replace 2 x-new new',
        'response_headers remove 2 x-secret',
        'response_headers pairs 2',
      ),
    ],
    answer: {
      headers: [
        ['x-multi', 'one'],
        ['x-multi', 'two'],
        ['x-secret', 'yes'],
        ['set-cookie', 'c=3'],
      ],
      body: ['hello'],
    },
    status: 200,
    shows: 'set-cookie: b=2',
  },
  {
    name: 'replaces the path, the method and the host of a request',
    chain: [
      probe(
        'request_headers replace 0 :path /other?x=1',
        'request_headers replace 0 :method PUT',
        'request_headers replace 0 :authority shop.test',
        'request_headers pairs 0',
      ),
    ],
    status: 200,
    shows: '/other?x=1',
  },
  {
    name: 'replaces the status of a response',
    chain: [probe('response_headers replace 2 :status 299', 'response_headers get 2 :status')],
    answer: { body: ['hello'] },
    status: 299,
  },
  {
    name: 'sets all pairs of a request',
    chain: [
      probe(
        'request_headers set_pairs 0 :method=POST|:path=/set|:authority=set.test|:scheme=http|x-forwarded-proto=http|x-only=1|x-only=2',
        'request_headers pairs 0',
      ),
    ],
    headers: [['x-before', 'gone']],
    status: 200,
    shows: 'x-only: 2',
  },
  {
    name: 'sets all pairs of a response',
    chain: [probe('response_headers set_pairs 2 :status=201|x-only=1', 'response_headers pairs 2')],
    answer: { headers: [['x-before', 'gone']] },
    status: 201,
    shows: 'x-only: 1',
  },
  {
    name: 'tells the size of maps, and of those that are not there',
    chain: [
      probe(
        'request_headers size 0',
        'request_headers size 1',
        'request_headers size 2',
        'request_headers size 3',
        'response_headers size 2',
        'response_headers size 3',
      ),
    ],
    status: 200,
  },
  {
    name: 'answers for maps that are not there as yet, or no more',
    chain: [
      probe(
        'request_headers get 2 :status',
        'request_headers pairs 2',
        'request_headers add 2 x-early 1',
        'request_headers remove 2 x-early',
        'request_headers get 1 x-trailer',
        'request_headers pairs 1',
        'request_headers get 6 :status',
        'request_headers pairs 6',
        'request_headers add 6 x-call 1',
        'response_headers add 0 x-late 1',
        'response_headers remove 0 x-late',
      ),
    ],
    status: 200,
  },
  {
    name: 'answers for maps that do not exist',
    chain: [probe('request_headers get 9 x', 'request_headers add 9 x 1', 'request_headers remove 9 x')],
    status: 200,
  },
  {
    name: 'passes bytes above ASCII through, in both directions',
    chain: [
      probe(
        'request_headers get 0 x-latin',
        'request_headers add 0 x-utf8 \u00c3\u00a4',
        'response_headers get 2 x-latin',
      ),
    ],
    headers: [['x-latin', 'caf\u00e9']],
    answer: { headers: [['x-latin', 'caf\u00e9']], body: ['hello'] },
    status: 200,
  },
  {
    name: 'accepts empty values',
    chain: [
      probe(
        'request_headers add 0 x-empty ',
        'request_headers get 0 x-empty',
        'response_headers replace 2 x-empty ',
      ),
    ],
    status: 200,
    shows: 'x-empty: ',
  },
  {
    name: 'sees the end of the stream with the head of a GET',
    chain: [probe()],
    answer: { body: ['hello'] },
    status: 200,
    shows: '@ request_headers end',
  },
  {
    name: 'sees the end of the stream with the head of an answer to HEAD',
    chain: [probe('response_headers get 2 :status', 'response_headers add 2 x-seen 1')],
    method: 'HEAD',
    answer: { body: ['hello'] },
    status: 200,
    shows: '@ response_headers end',
  },
  {
    name: 'sees the end of the stream with a 204',
    chain: [probe('response_headers add 2 x-seen 1')],
    answer: { status: 204, body: [] },
    status: 204,
    shows: '@ response_headers end',
  },
  {
    name: 'sees the end of the stream with a 304',
    chain: [probe('response_headers add 2 x-seen 1')],
    answer: { status: 304, body: [], headers: [['etag', '"a"']] },
    status: 304,
    shows: '@ response_headers end',
  },
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'].map((method): Case => ({
    name: `passes ${method} without a body`,
    chain: [probe('request_headers get 0 :method')],
    method,
    status: 200,
  })),
  {
    name: 'lets two plugins see what the one before changed, responses in reverse',
    chain: [
      probe(
        'request_headers add 0 x-order a',
        'response_headers add 2 x-order a',
        'response_headers pairs 2',
      ),
      probe('request_headers add 0 x-order b', 'request_headers pairs 0', 'response_headers add 2 x-order b'),
    ],
    answer: { body: ['hello'] },
    status: 200,
    shows: 'x-order: b',
  },
  {
    name: 'lets five plugins pass',
    chain: ['a', 'b', 'c', 'd', 'e'].map((name) =>
      probe(`request_headers add 0 x-order ${name}`, `response_headers add 2 x-order ${name}`),
    ),
    status: 200,
  },
  {
    name: 'reads everything when the exchange is logged, and changes nothing any more',
    chain: [probe('log get 0 x-in', 'log get 2 x-out', 'log get 2 :status', 'log pairs 2')],
    headers: [['x-in', 'in']],
    answer: { headers: [['x-out', 'out']], body: ['hello'] },
    status: 200,
  },
  {
    name: 'reads headers when the exchange is done',
    chain: [probe('done get 0 x-in', 'done get 2 :status')],
    headers: [['x-in', 'in']],
    answer: { body: ['hello'] },
    status: 200,
    shows: '@ done get 0 x-in -> 2',
    differs: {
      why: 'Headers, and the attributes made of them, can be read in every later callback.',
      shows: '@ done get 0 x-in -> 0 2 in',
    },
  },
  {
    name: 'continues what is not paused',
    chain: [probe('request_headers continue 0')],
    answer: { body: ['hello'] },
    status: 200,
    differs: { why: 'Continuing what is not paused does nothing.' },
  },
];
