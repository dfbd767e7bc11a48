import { Fields } from './fields.ts';
import { isValue, octet } from './octets.ts';

/** The head of a response as it was read. */
export interface Http1Response {
  readonly status: number;
  readonly fields: Fields;
  /** Minor version of HTTP/1. */
  readonly minor: 0 | 1;
  /** Where the rest of the bytes begins. */
  readonly end: number;
}

/**
 * Reads one response head (RFC 9112 section 4) at the beginning of the bytes, which must hold an empty line behind it, at or before
 * `bound`. @returns a text for what is malformed.
 */
export function readResponseHead(bytes: Buffer, bound = bytes.length): Http1Response | string {
  const text = bytes.latin1Slice(0, bound);
  const minor = text.startsWith('HTTP/1.1 ') ? 1 : text.startsWith('HTTP/1.0 ') ? 0 : -1;
  if (minor === -1) return 'the status line begins with no HTTP/1.1';
  let status = 0;
  let at = 9;
  for (const end = at + 3; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return 'a status that is no number';
    status = status * 10 + digit;
  }
  if (status < 100 || status > 599) return `the status ${status}`;
  // The space may be missing with the reason (RFC 9112 section 4 wants it, and servers forget it).
  if (bytes[at] !== octet.sp && bytes[at] !== octet.cr) return 'a malformed status line';
  while (isValue[bytes[at] as number] === 1) at++;
  if (bytes[at] !== octet.cr || bytes[at + 1] !== octet.lf) return 'a malformed status line';
  const fields = new Fields();
  const end = fields.read(bytes, text, at + 2);
  if (end === -1) return fields.problem ?? 'malformed fields';
  // RFC 9112 section 6.1: its framing is faulty.
  if (fields.chunked && minor === 0) return 'Transfer-Encoding in HTTP/1.0';
  // It has no body (RFC 9112 section 6.3), and some parsers would read one.
  if (status < 200 && (fields.chunked || fields.contentLength > 0)) return `a body in ${status}`;
  return { status, fields, minor, end };
}
