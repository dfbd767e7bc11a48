import { LoomError } from '../../errors.ts';
import type { HeadRules } from '../../model/settings.ts';
import type { RequestHead } from '../exchange.ts';
import { HeaderList } from '../headers.ts';
import { readTarget } from '../target.ts';

export interface Http2Request {
  readonly head: RequestHead;
  /** Of an extended CONNECT (RFC 8441), `websocket` for one. */
  readonly protocol: string | undefined;
  readonly refusal: LoomError | undefined;
  /** Of all fields as they are without compression; a field is taken to have ten bytes besides its octets. */
  readonly bytes: number;
}

/** Fields of one connection that HTTP/2 has no place for; nghttp2 refuses the others of RFC 9113 section 8.2.2 itself. */
const dropped = new Set(['expect', 'host', 'http2-settings', 'te']);

/** A request head as [name, value, …], pseudo headers first (RFC 9113 section 8.3.1). Never throws. */
export function readRequestHead(
  raw: readonly string[],
  scheme: 'http' | 'https',
  rules?: HeadRules,
): Http2Request {
  const headers = new HeaderList();
  const head: RequestHead = { method: '', scheme, authority: '', path: '/', query: '', headers };
  let path = '';
  // Either one: what ends TLS before us may say https.
  let isOfHttp = true;
  let authority: string | undefined;
  let host: string | undefined;
  let cookie: string | undefined;
  let protocol: string | undefined;
  let bytes = 5 * raw.length;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    bytes += name.length + value.length;
    if (name === ':method') head.method = value;
    else if (name === ':path') path = value;
    else if (name === ':authority') authority = value;
    else if (name === ':scheme') isOfHttp = value === 'http' || value === 'https';
    else if (name === ':protocol') protocol = value.toLowerCase();
    else if (name === 'host') host = value;
    // One field for those who speak HTTP/1 (RFC 9113 section 8.2.3).
    else if (name === 'cookie') cookie = cookie === undefined ? value : `${cookie}; ${value}`;
    else if (!name.startsWith(':') && !dropped.has(name)) headers.append(name, value);
  }
  if (cookie !== undefined) headers.append('cookie', cookie);
  const refuse = (error: LoomError): Http2Request => ({ head, protocol, refusal: error, bytes });
  if (authority !== undefined && host !== undefined && authority.toLowerCase() !== host.toLowerCase())
    return refuse(new LoomError('bad-request', 'Host and :authority differ'));
  const isTunnel = head.method === 'CONNECT' && protocol !== undefined;
  if (head.method === 'TRACE' || (head.method === 'CONNECT' && !isTunnel))
    return refuse(new LoomError('method-not-implemented', head.method));
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Z]+$/.test(head.method)) return refuse(new LoomError('bad-request', 'method'));
  // The handshake of a WebSocket is a GET for everybody but this wire (RFC 8441 section 5).
  if (isTunnel) head.method = 'GET';
  if (!isOfHttp) return refuse(new LoomError('bad-request', 'a :scheme that is not of HTTP'));
  if (!path.startsWith('/') && path !== '*') return refuse(new LoomError('bad-request', 'malformed :path'));
  if (rules && headers.size > rules.maxHeaders)
    return refuse(new LoomError('headers-too-large', `more than ${rules.maxHeaders} fields`));
  // As HTTP/1 has it: nothing but the printable octets of ASCII (RFC 3986 section 2).
  if (!/^[\x21-\x7e]+$/.test(path)) return refuse(new LoomError('bad-request', 'malformed :path'));
  const problem = readTarget(path, authority ?? host, head, rules?.paths);
  if (problem) return refuse(new LoomError(problem.code, problem.detail));
  if (head.authority === '') return refuse(new LoomError('bad-request', 'no :authority'));
  return { head, protocol: isTunnel ? protocol : undefined, refusal: undefined, bytes };
}
