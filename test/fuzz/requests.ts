import { fieldVectors } from '../http/vectors-fields.ts';
import { headVectors } from '../http/vectors-head.ts';
import { strictVectors } from '../http/vectors-strict.ts';
import { mutate } from './mutation.ts';
import type { Random } from './random.ts';

const methods = [
  'GET',
  'GET',
  'GET',
  'POST',
  'POST',
  'PUT',
  'HEAD',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'PROPFIND',
  'CONNECT',
  'TRACE',
  'BREW',
];
const targets = [
  '/',
  '/a/b',
  '/a?b=c&d',
  '/a//b/../c',
  '/%41%2f',
  '*',
  'http://b/c?d',
  'http://b:81',
  '/a;b=c',
  '/\xc3\xa4',
  '/"|^`{}',
];
/** Lines of a head: what is common, what frames a message, and what has been taken for framing. */
export const lines = [
  'Host: a',
  'Host: b:80',
  'Accept: */*',
  'Cookie: a=b; c=d',
  'X-Empty:',
  'X-Blank: \t v \t',
  'X-High: \xe4\xff',
  'Connection: keep-alive',
  'Connection: close',
  'Connection: close, X-Named',
  'X-Named: 1',
  'Connection: upgrade',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'TE: trailers',
  'Trailer: X-Sum',
  'Expect: 100-continue',
  'Content-Length: 3',
  'Content-Length: 0',
  'Content-Length: 03',
  'Content-Length: +3',
  'Content-Length: 3, 3',
  'Content-Length: 18446744073709551616',
  'Content-Length : 3',
  'Content_Length: 3',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: Chunked ',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding: xchunked',
  ' Transfer-Encoding: chunked',
  'Transfer-Encoding: \x0bchunked',
];
const bodies = ['', 'abc', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', '\r\n\r\n', 'a'.repeat(300)];
const vectors = [...headVectors, ...fieldVectors, ...strictVectors].map(({ bytes }) => bytes);

/** `body` in chunks, at times with extensions and trailers. */
export function chunked(body: string, random: Random): string {
  let text = '';
  for (let at = 0; at < body.length;) {
    const size = 1 + random.below(body.length - at);
    const extension = random.chance(20) ? random.of([';a=b', ';a', ';a="b c"', ' ;a', ';']) : '';
    text += `${size.toString(16)}${extension}\r\n${body.slice(at, at + size)}\r\n`;
    at += size;
  }
  const trailers = random.chance(20)
    ? random.of(['X-Sum: 1\r\n', 'Content-Length: 3\r\n', 'Host: b\r\n', 'X:\r\n'])
    : '';
  return `${text}0\r\n${trailers}\r\n`;
}

function wellFormed(random: Random): string {
  const version = random.chance(90) ? 'HTTP/1.1' : 'HTTP/1.0';
  const all = [`${random.of(methods)} ${random.of(targets)} ${version}`, 'Host: a'];
  for (let left = random.below(4); left > 0; left--) all.push(random.of(lines.slice(2, 17)));
  const body = random.of(bodies);
  if (random.chance(40))
    return [...all, 'Transfer-Encoding: chunked', '', chunked(body, random)].join('\r\n');
  if (body !== '') all.push(`Content-Length: ${body.length}`);
  return [...all, '', body].join('\r\n');
}

/** One to three requests behind each other, most of them damaged. Latin-1. */
export function someRequests(random: Random): string {
  let text = '';
  for (let left = 1 + random.below(3); left > 0; left--)
    text += random.chance(20) ? random.of(vectors) : wellFormed(random);
  for (let left = random.below(4); left > 0; left--) text = mutate(text, random, lines);
  return text;
}
