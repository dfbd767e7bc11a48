import { probe, type Case } from './case.ts';

const hello = { body: ['hello'] };
const get = ':method=GET|:path=/check?a=1|:authority=auth.test|x-who=ann';

/** Plugins that ask another service, and pause meanwhile. */
export const calls: readonly Case[] = [
  {
    name: 'asks, reads the answer, and goes on with what it learned',
    chain: [
      probe(
        `request_headers call other ${get} `,
        'request_headers return 1',
        'call get 6 x-user',
        'call get 6 :status',
        'call body 4 0 100',
        'call add 0 x-user ann',
        'call continue 0',
      ),
    ],
    status: 200,
    shows: '"x-user","ann"',
  },
  {
    name: 'sends a body with a call',
    chain: [
      probe(
        'request_headers call other :method=POST|:path=/|:authority=a|content-type=text/plain the body',
        'request_headers return 1',
        'call continue 0',
      ),
    ],
    answer: hello,
    status: 200,
    shows: 'the body',
  },
  {
    name: 'refuses what the other service refuses',
    chain: [
      probe(
        `request_headers call other ${get} `,
        'request_headers return 1',
        'call get 6 :status',
        'call reply 403 - they said no',
      ),
    ],
    called: { status: 401, body: ['no'] },
    status: 403,
    shows: '3 401',
  },
  {
    name: 'reads the trailers of an answer',
    chain: [
      probe(
        `request_headers call other ${get} `,
        'request_headers return 1',
        'call pairs 7',
        'call get 7 x-sum',
        'call continue 0',
      ),
    ],
    called: { headers: [['trailer', 'x-sum']], body: ['some', 'thing'], trailers: [['x-sum', '42']] },
    answer: hello,
    status: 200,
    shows: 'x-sum: 42',
  },
  {
    name: 'holds the body of a request back until the answer is there',
    chain: [
      probe(
        `request_headers call other ${get} `,
        'request_headers return 1',
        'request_body body 0 0 100',
        'call continue 0',
      ),
    ],
    method: 'POST',
    body: ['hello world'],
    status: 200,
    shows: '@ request_body 11 end',
    differs: {
      why: 'The end of a body that a paused head held back is a callback of its own.',
      shows: '@ request_body 0 end',
    },
  },
  {
    name: 'asks when the whole body is there',
    chain: [
      probe(
        'request_body return 1',
        `request_body_end call other ${get} `,
        'call body 4 0 100',
        'call continue 0',
      ),
    ],
    method: 'POST',
    body: ['hello world'],
    status: 200,
  },
  {
    name: 'asks in the response, and changes its head then',
    chain: [
      probe(
        `response_headers call other ${get} `,
        'response_headers return 1',
        'call get 6 x-user',
        'call add 2 x-user ann',
        'call continue 1',
      ),
    ],
    answer: hello,
    status: 200,
    shows: 'x-user: ann',
    differs: {
      why: 'The end of a body that a paused head held back is a callback of its own.',
      shows: '@ response_body 0 end',
    },
  },
  {
    name: 'asks without waiting for the answer',
    chain: [probe(`request_headers call other ${get} `)],
    answer: { body: [{ after: '@ call', send: 'hello' }] },
    status: 200,
    // Whether the other service or the upstream is first.
    quiet: true,
  },
  {
    name: 'asks an upstream that it does not have',
    chain: [probe(`request_headers call missing ${get} `)],
    answer: hello,
    status: 200,
  },
  {
    name: 'asks without the headers that a request needs',
    chain: [
      probe(
        'request_headers call other :method=GET|:path=/ ',
        'request_headers call other :method=GET|:authority=a ',
        'request_headers call other :path=/|:authority=a ',
        'request_headers call other  ',
      ),
    ],
    answer: hello,
    status: 200,
    shows: '-> 2',
  },
  {
    name: 'is told when nobody listens there',
    chain: [
      probe(
        `request_headers call nobody ${get} `,
        'request_headers return 1',
        'call get 6 :status',
        'call continue 0',
      ),
    ],
    answer: hello,
    status: 200,
    shows: '3 503',
    quiet: true,
  },
  {
    name: 'is told when no answer comes in time',
    chain: [
      probe(
        `request_headers call_briefly other ${get} `,
        'request_headers return 1',
        'call get 6 :status',
        'call body 4 0 100',
        'call continue 0',
      ),
    ],
    called: { silent: true },
    answer: hello,
    status: 200,
    shows: '3 504',
  },
  {
    name: 'is told when the answer breaks off',
    chain: [
      probe(
        `request_headers call other ${get} `,
        'request_headers return 1',
        'call get 6 :status',
        'call continue 0',
      ),
    ],
    called: { breaks: true, status: 200, body: [''] },
    answer: hello,
    status: 200,
  },
  {
    name: 'reads nothing of an answer outside its callback',
    chain: [
      probe(
        `request_headers call other ${get} `,
        'request_headers return 1',
        'call call_status',
        'call continue 0',
        'response_headers get 6 x-user',
        'response_headers body 4 0 10',
      ),
    ],
    answer: hello,
    status: 200,
  },
  {
    name: 'asks when the exchange is over',
    chain: [probe(`log call other ${get} `)],
    answer: hello,
    status: 200,
    until: '@ call answered',
    quiet: true,
  },
];
