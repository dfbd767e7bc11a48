import type { HeadRules } from '../../model/settings.ts';
import { hasBareLineFeed, holdsHead } from './head-end.ts';
import { octet } from './octets.ts';
import { readRequestHead, unreadHead, type Http1Request } from './request-head.ts';

/**
 * The next request head in what a client has sent, from `from` on; undefined while it is not whole. `end` of what it gives
 * counts from the beginning of the bytes. A head that can never be right is refused as soon as that is certain.
 */
export function nextHead(
  bytes: Buffer,
  from: number,
  scheme: 'http' | 'https',
  maxBytes: number,
  rules?: HeadRules,
): Http1Request | undefined {
  let at = from;
  // RFC 9112 section 2.2: one empty line before a request is forgiven.
  if (bytes[at] === octet.cr && bytes[at + 1] === octet.lf) at += 2;
  const rest = at === 0 ? bytes : bytes.subarray(at);
  if (!holdsHead(rest)) {
    if (rest.length > maxBytes) return tooLarge(scheme, maxBytes);
    return hasBareLineFeed(rest) ? unreadHead('bad-request', 'a line without CR', scheme) : undefined;
  }
  if (rest.length > maxBytes && !holdsHead(rest.subarray(0, maxBytes))) return tooLarge(scheme, maxBytes);
  const request = readRequestHead(rest, 0, scheme, rules);
  return at === 0 ? request : { ...request, end: request.end + at };
}

const tooLarge = (scheme: 'http' | 'https', maxBytes: number): Http1Request =>
  unreadHead('headers-too-large', `more than ${maxBytes} bytes`, scheme);

/** The beginning of the connection preface (RFC 9113 section 3.4), of which HTTP/1 has no method. */
const preface = Buffer.from('PRI * HTTP/2.0\r\n');

export const beginsHttp2 = (bytes: Buffer): boolean =>
  bytes.length >= preface.length && bytes.compare(preface, 0, preface.length, 0, preface.length) === 0;
