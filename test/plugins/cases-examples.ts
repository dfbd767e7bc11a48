import { createHash } from 'node:crypto';
import type { Case } from './case.ts';

const digest = (text: string): readonly [string, string] => [
  'content-digest',
  `sha-256=:${createHash('sha256').update(text).digest('base64')}:`,
];
const hello = { headers: [['content-type', 'text/plain']] as const, body: ['hello'] };
const plain = [{ module: 'cpp-digest' }];
const required = [{ module: 'cpp-digest', config: 'required' }];
const long = 'a'.repeat(100_000);

/**
 * What compilers of C++ leave to the host: constructors of globals in `_initialize`, an allocator that is only `malloc`, the
 * functions of WASI that its standard library imports.
 */
export const examples: readonly Case[] = [
  {
    name: 'cpp-digest: lets a body pass that is what its digest says',
    chain: plain,
    method: 'POST',
    path: '/upload',
    headers: [digest('hello')],
    body: ['hello'],
    until: 'digest of POST /upload: verified',
    status: 200,
    shows: 'content-digest',
  },
  {
    name: 'cpp-digest: lets a body pass that comes in pieces, with trailers',
    chain: plain,
    method: 'POST',
    headers: [digest(`${long}${long}b`)],
    body: [long, long, 'b'],
    trailers: [['x-last', '1']],
    answer: hello,
    until: 'digest of POST /: verified',
    status: 200,
  },
  {
    name: 'cpp-digest: refuses a body that is another',
    chain: plain,
    method: 'POST',
    headers: [digest('hello')],
    body: ['hallo'],
    until: 'digest of POST /: wrong',
    status: 400,
    shows: 'the body is not what content-digest says',
  },
  {
    name: 'cpp-digest: refuses a body without a digest, and asks for one',
    chain: required,
    method: 'PUT',
    path: '/a',
    body: ['hello'],
    until: 'digest of PUT /a: missing',
    status: 400,
    shows: 'want-content-digest: sha-256=10',
  },
  {
    name: 'cpp-digest: says in responses that it asks for digests',
    chain: required,
    answer: hello,
    times: 3,
    until: 'digest of GET /: none',
    status: 200,
    shows: 'want-content-digest: sha-256=10',
  },
];
