import { probe, type Case } from './case.ts';

const hello = { body: ['hello'] };
const pieces = [
  'one-',
  { after: '@ response_body 4', send: 'two-' },
  { after: '@ response_body 4', send: 'three' },
];
const trailers = {
  headers: [['trailer', 'x-sum']] as const,
  body: ['some', 'thing'],
  trailers: [['x-sum', '42']] as const,
};

/** Bodies as they come in pieces, held back, changed, and what comes after them. */
export const bodies: readonly Case[] = [
  {
    name: 'shows a request body of one piece, and its end apart',
    chain: [probe('request_body body 0 0 1000', 'request_body body_status 0')],
    method: 'POST',
    body: ['hello world'],
    answer: hello,
    status: 200,
    shows: '@ request_body 11',
  },
  {
    name: 'shows a request body in the pieces in which it comes',
    chain: [probe('request_body body 0 0 1000')],
    method: 'POST',
    body: [
      'one-',
      { after: '@ request_body 4', send: 'twelve' },
      { after: '@ request_body 6', send: 'three' },
    ],
    answer: hello,
    status: 200,
    shows: '@ request_body 6',
  },
  {
    name: 'holds a request body back until it is whole',
    chain: [probe('request_body return 1', 'request_body_end return 0', 'request_body body 0 0 1000')],
    method: 'POST',
    body: ['one-', { after: '@ request_body 4', send: 'two-' }, { after: '@ request_body 8', send: 'three' }],
    answer: hello,
    status: 200,
    shows: '@ request_body 13',
  },
  {
    name: 'reads parts of a body, beyond its end too',
    chain: [
      probe(
        'request_body return 1',
        'request_body_end return 0',
        'request_body_end body 0 3 4',
        'request_body_end body 0 3 1000',
        'request_body_end body 0 100 10',
        'request_body_end body 0 0 0',
        'request_body_end body 1 0 10',
        'request_body_end body 2 0 10',
        'request_body_end body 10 0 10',
      ),
    ],
    method: 'POST',
    body: ['hello world'],
    answer: hello,
    status: 200,
    shows: '4 lo w',
  },
  {
    name: 'replaces a request body held back',
    chain: [
      probe(
        'request_headers remove 0 content-length',
        'request_body return 1',
        'request_body_end return 0',
        'request_body_end set_body 0 0 1000 other',
      ),
    ],
    method: 'POST',
    body: ['hello world'],
    status: 200,
    shows: '"body":"other"',
  },
  {
    name: 'puts text before and after a request body',
    chain: [
      probe(
        'request_headers remove 0 content-length',
        'request_body return 1',
        'request_body_end return 0',
        'request_body_end set_body 0 0 0 <<',
        'request_body_end set_body 0 1000 0 >>',
        'request_body_end body 0 0 100',
      ),
    ],
    method: 'POST',
    body: ['hello world'],
    status: 200,
    shows: '"body":"<<hello world>>"',
  },
  {
    name: 'changes each piece of a request body as it comes',
    chain: [
      probe(
        'request_headers remove 0 content-length',
        'request_body set_body 0 0 0 [',
        'request_body set_body 0 1000 0 ]',
      ),
    ],
    method: 'POST',
    body: ['one', { after: '@ request_body 3', send: 'three' }],
    status: 200,
  },
  {
    name: 'empties a request body',
    chain: [probe('request_headers remove 0 content-length', 'request_body set_body 0 0 1000 ')],
    method: 'POST',
    body: ['hello world'],
    status: 200,
    shows: '"body":""',
  },
  {
    name: 'shows a response body in the pieces in which it comes',
    chain: [probe('response_body body 1 0 1000')],
    answer: { body: pieces },
    status: 200,
    shows: 'one-two-three',
  },
  {
    name: 'holds a response body back until it is whole, and replaces it',
    chain: [
      probe(
        'response_headers remove 2 content-length',
        'response_body return 1',
        'response_body_end return 0',
        'response_body_end body 1 0 100',
        'response_body_end set_body 1 0 1000 {"replaced":true}',
      ),
    ],
    answer: { body: ['one-', { after: '@ response_body 4', send: 'two' }] },
    status: 200,
    shows: '{"replaced":true}',
  },
  {
    name: 'adds to the end of a response body with its last, empty piece',
    chain: [probe('response_headers remove 2 content-length', 'response_body_end set_body 1 1000 0 -more')],
    answer: { body: ['one-', { after: '@ response_body 4', send: 'two' }] },
    status: 200,
    shows: 'one-two-more',
  },
  {
    name: 'replaces a response body with a large one',
    chain: [
      probe(
        'response_headers remove 2 content-length',
        'response_body return 1',
        'response_body_end return 0',
        'response_body_end fill_body 1 0 1000 300000',
      ),
    ],
    answer: hello,
    status: 200,
    shows: '300000 bytes',
  },
  {
    name: 'holds back a large response body',
    chain: [
      probe('response_body return 1', 'response_body_end return 0', 'response_body_end set_body 1 0 0 >'),
    ].map((use) => ({
      ...use,
      config: `response_headers remove 2 content-length\n${use.config}`,
    })),
    answer: { body: ['0123456789'.repeat(60_000)] },
    status: 200,
    shows: '600001 bytes',
    // Which pieces a large body comes in is the network's affair; only the result is compared.
    quiet: true,
  },
  {
    name: 'passes a large request body on',
    chain: [probe('request_headers get 0 x')],
    method: 'POST',
    body: ['0123456789'.repeat(200_000)],
    answer: hello,
    status: 200,
    quiet: true,
  },
  {
    name: 'refuses a request body that is larger than what may be held back',
    chain: [probe('request_body return 1')],
    method: 'POST',
    body: ['0123456789'.repeat(200_000)],
    // One that answered at once could be faster than the end of the body.
    answer: { silent: true },
    status: 413,
    quiet: true,
    differs: { why: 'Errors that the proxy answers with have a text.', status: 413 },
  },
  {
    name: 'ends a response whose body is larger than what may be held back',
    chain: [probe('response_body return 1')],
    answer: { body: ['0123456789'.repeat(200_000)] },
    // Its head has gone out, so there is nothing left but to cut it.
    status: 200,
    quiet: true,
  },
  {
    name: 'drops the pieces that it stops without buffering',
    chain: [
      probe(
        'response_headers remove 2 content-length',
        'response_body return 3',
        'response_body_end return 0',
      ),
    ],
    answer: { body: ['one-', { after: '@ response_body 4', send: 'two' }] },
    status: 200,
  },
  {
    name: 'shows no body of an empty POST',
    chain: [probe('request_body body 0 0 10')],
    method: 'POST',
    body: [''],
    answer: hello,
    status: 200,
  },
  {
    name: 'writes no buffer where there is none',
    chain: [
      probe(
        'request_headers set_body 0 0 0 early',
        'request_headers body 0 0 10',
        'request_headers set_body 1 0 0 early',
        'request_headers body 4 0 10',
        'request_headers body 6 0 10',
        'response_headers set_body 1 0 0 early',
      ),
    ],
    answer: hello,
    status: 200,
  },
  {
    name: 'reads nothing of what others sent where there is nothing',
    chain: [
      probe(
        'request_headers set_body 4 0 0 call',
        'request_headers body 5 0 10',
        'request_headers body 8 0 10',
      ),
    ],
    answer: hello,
    status: 200,
    differs: { why: 'Buffers of gRPC and of foreign functions are NOT_FOUND outside their callbacks.' },
  },
  {
    name: 'shows and changes the trailers of a response',
    chain: [
      probe(
        'response_trailers pairs 3',
        'response_trailers get 3 x-sum',
        'response_trailers replace 3 x-sum 43',
        'response_trailers add 3 x-more 1',
        'log get 3 x-sum',
      ),
    ],
    headers: [['te', 'trailers']],
    answer: trailers,
    status: 200,
    shows: 'x-sum: 43',
  },
  {
    name: 'removes the trailers of a response',
    chain: [probe('response_trailers remove 3 x-sum')],
    headers: [['te', 'trailers']],
    answer: {
      ...trailers,
      trailers: [
        ['x-sum', '42'],
        ['x-more', '1'],
      ],
    },
    status: 200,
  },
  {
    name: 'makes trailers of a response that had none',
    chain: [probe('response_body_end add 3 x-made 1')],
    headers: [['te', 'trailers']],
    answer: { body: ['one-', { after: '@ response_body 4', send: 'two' }] },
    status: 200,
    shows: 'x-made: 1',
  },
  {
    name: 'shows and changes the trailers of a request',
    chain: [
      probe(
        'request_trailers pairs 1',
        'request_trailers replace 1 x-sum 43',
        'request_trailers add 1 x-more 1',
      ),
    ],
    method: 'POST',
    body: ['some', 'thing'],
    trailers: [['x-sum', '42']],
    answer: hello,
    status: 200,
    shows: 'x-sum: 43',
    quiet: true,
  },
  {
    name: 'holds a request body back that ends with trailers',
    chain: [
      probe(
        'request_body return 1',
        'request_trailers return 0',
        'request_trailers body 0 0 100',
        'request_trailers get 1 x-sum',
      ),
    ],
    method: 'POST',
    body: ['some-', { after: '@ request_body 5', send: 'thing' }],
    trailers: [['x-sum', '42']],
    status: 200,
  },
  {
    name: 'passes a body through two plugins that both change it',
    chain: [
      probe('response_headers remove 2 content-length', 'response_body_end set_body 1 1000 0 -a'),
      probe('response_body_end set_body 1 1000 0 -b'),
    ],
    answer: { body: ['one-', { after: '@ response_body 4', send: 'two' }] },
    status: 200,
    shows: 'one-two-b-a',
    // Envoy joins what the plugin before has added with the end.
    quiet: true,
  },
  {
    name: 'lets body callbacks run while the head of the request is held, where that is asked for',
    chain: [
      {
        ...probe(
          'request_headers return 1',
          'request_body return 1',
          'request_body_end body 0 0 100',
          'request_body_end add 0 x-late 1',
          'request_body_end return 0',
        ),
        headersStopIteration: true,
      },
    ],
    method: 'POST',
    body: ['hello world'],
    status: 200,
    shows: 'x-late',
  },
  {
    name: 'lets body callbacks run while the head of the response is held, where that is asked for',
    chain: [
      {
        ...probe(
          'response_headers return 1',
          'response_body return 1',
          'response_body_end add 2 x-late 1',
          'response_body_end return 0',
        ),
        headersStopIteration: true,
      },
    ],
    answer: { body: ['one-', { after: '@ response_body 4', send: 'two' }] },
    status: 200,
    shows: 'x-late: 1',
  },
];
