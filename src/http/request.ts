import type { IncomingMessage } from 'node:http';
import { LoomError } from '../errors.ts';
import type { RequestHead } from './exchange.ts';
import { addNamedFields } from './connection-fields.ts';
import { HeaderList } from './headers.ts';
import { normalisePath } from './path.ts';

/** Fields of one connection (RFC 9110 section 7.6.1); `Host` travels as the authority. */
const hopByHop = new Set([
  'connection',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** RFC 3986 section 3.2.2. */
const hostPattern =
  /^(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+)(?::([0-9]{0,5}))?$/;
const maxTargetBytes = 16_384;

export interface ReadHead {
  readonly head: RequestHead;
  /** Why the request is refused; the head is then as far as it could be read. */
  readonly refusal: LoomError | undefined;
}

/** The head of a request, with the checks that node:http leaves to a gateway (RFC 9112 sections 3 and 6). Never throws. */
export function readHead(message: IncomingMessage, scheme: 'http' | 'https'): ReadHead {
  const { method = '', url = '', rawHeaders, httpVersion } = message;
  const head: RequestHead = {
    method,
    scheme,
    authority: '',
    path: '/',
    query: '',
    headers: new HeaderList(),
  };
  let refusal: LoomError | undefined;
  const refuse = (
    detail: string,
    code: 'bad-request' | 'method-not-implemented' | 'uri-too-long' = 'bad-request',
  ): void => {
    refusal ??= new LoomError(code, detail);
  };
  if (httpVersion !== '1.1' && httpVersion !== '1.0') refuse(`HTTP/${httpVersion}`);
  if (method === 'TRACE' || method === 'CONNECT') refuse(method, 'method-not-implemented');
  const host = readFields(rawHeaders, head.headers, httpVersion, refuse);
  readTarget(url, host, head, refuse);
  return { head, refusal };
}

/** Copies the end-to-end fields and gives the value of Host. */
function readFields(
  raw: readonly string[],
  headers: HeaderList,
  version: string,
  refuse: (detail: string) => void,
): string | undefined {
  const { flat } = headers;
  let host: string | undefined;
  let named: string[] | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    const value = raw[i + 1] as string;
    if (!hopByHop.has(name)) {
      flat.push(name, value);
    } else if (name === 'host') {
      if (host !== undefined) refuse('more than one Host');
      host = value;
    } else if (name === 'connection') {
      named = addNamedFields(value, named);
    } else if (name === 'transfer-encoding' && (value.toLowerCase() !== 'chunked' || version === '1.0')) {
      refuse('Transfer-Encoding other than chunked');
    }
  }
  if (named) headers.deleteAny(named);
  if (host === undefined && version === '1.1') refuse('no Host');
  return host;
}

function readTarget(
  url: string,
  host: string | undefined,
  head: RequestHead,
  refuse: (detail: string, code?: 'uri-too-long') => void,
): void {
  let authority = host ?? '';
  let target = url;
  if (url.length > maxTargetBytes) return refuse(`${url.length} bytes`, 'uri-too-long');
  if (!url.startsWith('/')) {
    // The absolute form; its authority replaces Host (RFC 9112 section 3.2.2).
    const [, , absolute, rest] = /^(https?):\/\/([^/?#]*)(.*)$/i.exec(url) ?? [];
    if (absolute === undefined) {
      if (url === '*' && head.method === 'OPTIONS') target = '/';
      else return refuse('target in no known form');
    } else {
      authority = absolute;
      target = rest?.startsWith('/') ? rest : `/${rest ?? ''}`;
    }
  }
  if (target.includes('#')) refuse('fragment in the target');
  if (!isAuthority(authority) && (authority !== '' || target !== url)) refuse('invalid host');
  head.authority = authority.toLowerCase();
  const mark = target.indexOf('?');
  const path = normalisePath(mark === -1 ? target : target.slice(0, mark));
  if (path === undefined) refuse('invalid path');
  else head.path = path;
  if (mark !== -1) head.query = target.slice(mark + 1);
}

function isAuthority(text: string): boolean {
  const found = hostPattern.exec(text);
  return found !== null && Number(found[1] ?? 0) <= 65_535;
}
