import type { RequestHead } from './exchange.ts';
import type { PathRules } from '../model/settings.ts';
import { normalisePath, safePaths } from './path.ts';

/** RFC 3986 section 3.2.2. */
const hostPattern =
  /^(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+)(?::([0-9]{0,5}))?$/;
/** By far the most hosts, without a regular expression that captures. */
const plainHost = /^[a-z0-9.-]+(?::(?:[0-9]{1,4}|[1-5][0-9]{4}))?$/;
const maxTargetBytes = 16_384;

export interface TargetProblem {
  readonly code: 'bad-request' | 'uri-too-long';
  readonly detail: string;
}

/**
 * Reads a request target (RFC 9112 section 3.2) with the value of Host into the head: authority, path, query. @returns why it
 * is refused, if it is.
 */
export function readTarget(
  url: string,
  host: string | undefined,
  head: RequestHead,
  paths: PathRules = safePaths,
): TargetProblem | undefined {
  if (url.length > maxTargetBytes) return { code: 'uri-too-long', detail: `${url.length} bytes` };
  let authority = host ?? '';
  let target = url;
  if (!url.startsWith('/')) {
    // The absolute form; its authority replaces Host (RFC 9112 section 3.2.2).
    const [, , absolute, rest] = /^(https?):\/\/([^/?#]*)(.*)$/i.exec(url) ?? [];
    if (absolute === undefined) {
      if (url !== '*' || head.method !== 'OPTIONS') return bad('target in no known form');
      target = '/';
    } else {
      authority = absolute;
      target = rest?.startsWith('/') ? rest : `/${rest ?? ''}`;
    }
  }
  if (target.includes('#')) return bad('fragment in the target');
  if (!isAuthority(authority) && (authority !== '' || target !== url)) return bad('invalid host');
  head.authority = authority.toLowerCase();
  const mark = target.indexOf('?');
  const path = normalisePath(mark === -1 ? target : target.slice(0, mark), paths);
  if (path === undefined) return bad('invalid path');
  head.path = path;
  if (mark !== -1) head.query = target.slice(mark + 1);
  return undefined;
}

const bad = (detail: string): TargetProblem => ({ code: 'bad-request', detail });

function isAuthority(text: string): boolean {
  if (plainHost.test(text)) return true;
  const found = hostPattern.exec(text);
  return found !== null && Number(found[1] ?? 0) <= 65_535;
}
