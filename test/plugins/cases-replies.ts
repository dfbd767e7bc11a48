import { probe, type Case } from './case.ts';

const hello = { body: ['hello'] };

/** Responses that plugins make, from each callback, and what other plugins see of them. */
export const replies: readonly Case[] = [
  {
    name: 'answers in the request headers',
    chain: [probe('request_headers reply 403 x-why=no|x-why=never no entry')],
    status: 403,
    shows: 'no entry',
  },
  {
    name: 'answers without a body',
    chain: [probe('request_headers reply 401 www-authenticate=Basic ')],
    status: 401,
    shows: 'www-authenticate: Basic',
  },
  {
    name: 'answers with a type of its own',
    chain: [probe('request_headers reply 200 content-type=application/json {"ok":true}')],
    status: 200,
    shows: 'application/json',
  },
  {
    name: 'answers a HEAD',
    chain: [probe('request_headers reply 403 - no entry')],
    method: 'HEAD',
    status: 403,
  },
  {
    name: 'answers with a redirect',
    chain: [probe('request_headers reply 302 location=/elsewhere ')],
    status: 302,
    shows: 'location: /elsewhere',
  },
  {
    name: 'answers once, whatever comes after',
    chain: [
      probe(
        'request_headers reply 403 - first',
        'request_headers reply 404 - second',
        'request_headers continue 0',
      ),
    ],
    status: 403,
    shows: 'first',
  },
  {
    name: 'sees its own answer on the way out, and changes it',
    chain: [
      probe(
        'request_headers reply 403 - no entry',
        'response_headers pairs 2',
        'response_headers replace 2 x-seen 1',
        'response_body body 1 0 100',
        'log get 2 x-seen',
        'log property response.code_details',
      ),
    ],
    status: 403,
    shows: 'x-seen: 1',
  },
  {
    name: 'answers between two other plugins',
    chain: [
      probe('response_headers add 2 x-first 1'),
      probe('request_headers reply 403 - no entry', 'response_headers add 2 x-second 1'),
      probe('request_headers add 0 x-third 1', 'response_headers add 2 x-third 1', 'log get 2 :status'),
    ],
    status: 403,
    shows: 'x-first: 1',
  },
  {
    name: 'answers in the response headers',
    chain: [probe('response_headers reply 502 x-made=1 hidden')],
    answer: hello,
    status: 502,
    shows: 'hidden',
  },
  {
    name: 'answers in the response headers, and the plugins before it see that',
    chain: [
      probe('response_headers pairs 2', 'response_headers add 2 x-first 1'),
      probe('response_headers reply 502 - hidden'),
    ],
    answer: hello,
    status: 502,
    shows: 'hidden',
    differs: {
      why: "A response that a plugin makes in place of the upstream's passes the plugins before it.",
      shows: 'x-first: 1',
    },
  },
  {
    name: 'answers in the request body',
    chain: [probe('request_body return 1', 'request_body_end reply 422 - bad body')],
    method: 'POST',
    body: ['hello world'],
    status: 422,
    shows: 'bad body',
  },
  {
    name: 'answers at the first piece of a request body',
    chain: [probe('request_headers return 0', 'request_body reply 422 - bad body')],
    method: 'POST',
    body: ['hello world'],
    answer: { silent: true },
    status: 422,
    shows: 'bad body',
    quiet: true,
  },
  {
    name: 'answers in the trailers of a request',
    chain: [probe('request_body return 1', 'request_trailers reply 422 - bad trailers')],
    method: 'POST',
    body: ['some-', { after: '@ request_body 5', send: 'thing' }],
    trailers: [['x-sum', '42']],
    status: 422,
    shows: 'bad trailers',
  },
  {
    name: 'answers in the response body, when the head is held back',
    chain: [
      {
        ...probe('response_headers return 1', 'response_body reply 502 - hidden'),
        headersStopIteration: true,
      },
    ],
    answer: { body: ['one-', 'two'] },
    status: 502,
    shows: 'hidden',
    quiet: true,
  },
  {
    name: 'answers a call of gRPC as such calls are answered',
    chain: [probe('request_headers reply 403 - not you')],
    method: 'POST',
    headers: [
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
    ],
    status: 200,
    shows: 'grpc-status: 7',
  },
  {
    name: 'answers a call of gRPC with a status',
    chain: [probe('request_headers reply_grpc 200 - not you')],
    method: 'POST',
    headers: [
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
    ],
    status: 200,
    shows: 'grpc-status: 7',
  },
  {
    name: 'answers with a status that does not exist',
    chain: [probe('request_headers reply 600 - what')],
    status: 600,
    differs: { why: 'A local response with a status outside 200–599 is sent with 500.', status: 500 },
  },
  {
    name: 'closes the stream of the request',
    chain: [probe('request_headers close 0', 'request_headers return 1')],
    status: 0,
  },
  {
    name: 'closes the stream in the response',
    chain: [probe('response_headers close 1', 'response_headers return 1')],
    answer: hello,
    status: 0,
  },
  {
    name: 'traps in the request headers',
    chain: [probe('request_headers trap')],
    status: 503,
    differs: { why: 'Errors that the proxy answers with have a text.', status: 503 },
  },
  {
    name: 'traps in the response headers',
    chain: [probe('response_headers trap')],
    answer: hello,
    status: 503,
    differs: { why: 'Errors that the proxy answers with have a text.', status: 503 },
  },
  {
    name: 'pauses, and the answer comes when a timer says so',
    chain: [
      probe(
        'request_headers return 1',
        'request_headers call other :method=GET|:path=/|:authority=o ',
        'call reply 418 - later',
      ),
    ],
    status: 418,
    shows: 'later',
  },
];
