import { LoomError, type ErrorCode } from '../../errors.ts';
import type { HeadRules } from '../../model/settings.ts';
import type { RequestHead } from '../exchange.ts';
import { HeaderList } from '../headers.ts';
import { readTarget } from '../target.ts';
import { Fields } from './fields.ts';
import { isTarget, isToken, octet } from './octets.ts';

/** The head of a request as it was read. */
export interface Http1Request {
  readonly head: RequestHead;
  readonly fields: Fields;
  /** Minor version of HTTP/1. */
  readonly minor: 0 | 1;
  /** Why it is refused; the head is then as far as it could be read. Nothing behind it is looked at. */
  readonly refusal: LoomError | undefined;
  /** Where the rest of the bytes begins. */
  readonly end: number;
}

/**
 * Reads one request head (RFC 9112 sections 3 to 6); the bytes must hold an empty line behind it. Never throws. As strict as
 * the grammar: one space between the words of the request line, CRLF only, nothing folded.
 */
export function readRequestHead(
  bytes: Buffer,
  from: number,
  scheme: 'http' | 'https',
  rules?: HeadRules,
): Http1Request {
  const fields = new Fields();
  const head: RequestHead = {
    method: '',
    scheme,
    authority: '',
    path: '/',
    query: '',
    headers: fields.list,
  };
  const refused = (code: ErrorCode, detail: string, minor: 0 | 1 = 1): Http1Request => ({
    head,
    fields,
    minor,
    refusal: new LoomError(code, detail),
    end: bytes.length,
  });
  let at = from;
  while (isToken[bytes[at] as number] === 1) at++;
  const methodEnd = at;
  if (methodEnd === from || bytes[at] !== octet.sp) return refused('bad-request', 'malformed request line');
  const targetFrom = ++at;
  while (isTarget[bytes[at] as number] === 1) at++;
  const targetEnd = at;
  const text = bytes.latin1Slice();
  head.method = text.slice(from, methodEnd);
  if (targetEnd === targetFrom || bytes[at] !== octet.sp)
    return refused('bad-request', 'malformed request line');
  const minor = text.startsWith('HTTP/1.1\r\n', ++at) ? 1 : text.startsWith('HTTP/1.0\r\n', at) ? 0 : -1;
  if (minor === -1) return refused('bad-request', 'not HTTP/1.1 or HTTP/1.0');
  const end = fields.read(bytes, text, at + 10);
  if (end === -1) return refused('bad-request', fields.problem ?? '', minor);
  if (rules && fields.list.size > rules.maxHeaders)
    return refused('headers-too-large', `more than ${rules.maxHeaders} fields`, minor);
  if (fields.chunked && minor === 0) return refused('bad-request', 'Transfer-Encoding in HTTP/1.0', 0);
  if (fields.host === undefined && minor === 1) return refused('bad-request', 'no Host');
  // RFC 9110 section 9.1: methods are case-sensitive, and none has a lower-case letter.
  if (/[a-z]/.test(head.method)) return refused('bad-request', 'method in lower case', minor);
  if (head.method === 'TRACE' || head.method === 'CONNECT')
    return refused('method-not-implemented', head.method, minor);
  const problem = readTarget(text.slice(targetFrom, targetEnd), fields.host, head, rules?.paths);
  if (problem) return refused(problem.code, problem.detail, minor);
  return { head, fields, minor, refusal: undefined, end };
}

/** In the place of a head that never came whole. */
export function unreadHead(code: ErrorCode, detail: string, scheme: 'http' | 'https'): Http1Request {
  const fields = new Fields();
  const head: RequestHead = {
    method: '',
    scheme,
    authority: '',
    path: '/',
    query: '',
    headers: new HeaderList(),
  };
  return { head, fields, minor: 1, refusal: new LoomError(code, detail), end: 0 };
}

/** The client says that it is its last one, or does not say that it is not (RFC 9112 section 9.3). */
export const wantsClose = ({ minor, fields }: Http1Request): boolean =>
  minor === 1 ? fields.close : !fields.keepAlive;

/** RFC 9110 section 7.8. HTTP/2 begins by ALPN or prior knowledge, never so (RFC 9113 section 3.1). */
export const isUpgrade = ({ head, minor, fields }: Http1Request): boolean =>
  fields.upgrade !== undefined && fields.upgrade !== 'h2c' && head.method === 'GET' && minor === 1;
