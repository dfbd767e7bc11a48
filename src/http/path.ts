import type { PathRules } from '../model/settings.ts';

/** What upstreams are the least likely to read in another way. */
export const safePaths: PathRules = { escapedSlashes: 'keep', mergeSlashes: true };

/**
 * One spelling for each path, so that what is compared is what the upstream gets (RFC 3986 section 6.2.2): escapes of
 * unreserved characters decoded, other escapes in upper case, dot segments resolved, empty segments merged. `%2F` stays
 * an escape: it is data, not a separator; the rules may say otherwise. undefined for what no client has a reason to send: a
 * broken escape, an escaped control character, a backslash, a path that climbs above the root.
 */
export function normalisePath(path: string, rules = safePaths): string | undefined {
  if (isPlain(path)) return path;
  // No character of a path (RFC 3986 section 3.3), and a separator for some of those who get it.
  if (path.includes('\\')) return undefined;
  const decoded = path.includes('%') ? decode(path, rules) : path;
  return decoded === undefined ? undefined : resolve(decoded, rules);
}

/** Nothing to do: no escape, no backslash, no empty segment, no segment that begins with a dot. */
function isPlain(path: string): boolean {
  return !path.includes('%') && !path.includes('//') && !path.includes('/.') && !path.includes('\\');
}

const unreserved = /[A-Za-z0-9\-._~]/;

function decode(path: string, { escapedSlashes }: PathRules): string | undefined {
  let out = '';
  let from = 0;
  for (let at = path.indexOf('%'); at !== -1; at = path.indexOf('%', from)) {
    const hex = path.slice(at + 1, at + 3);
    if (!/^[0-9A-Fa-f]{2}$/.test(hex)) return undefined;
    const code = Number.parseInt(hex, 16);
    if (code < 0x20 || code === 0x7f) return undefined;
    const character = String.fromCharCode(code);
    if (escapedSlashes === 'reject' && (character === '/' || character === '\\')) return undefined;
    const plain = unreserved.test(character) || (escapedSlashes === 'decode' && character === '/');
    out += path.slice(from, at) + (plain ? character : `%${hex.toUpperCase()}`);
    from = at + 3;
  }
  return out + path.slice(from);
}

/** RFC 3986 section 5.2.4, and empty segments merged as nginx does by default. */
function resolve(path: string, { mergeSlashes }: PathRules): string | undefined {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [i, segment] of segments.entries()) {
    const last = i === segments.length - 1;
    if (segment === '..') {
      if (kept.pop() === undefined) return undefined;
      if (last) kept.push('');
    } else if (segment === '.' || (segment === '' && mergeSlashes)) {
      if (last) kept.push('');
    } else {
      kept.push(segment);
    }
  }
  return `/${kept.join('/')}`;
}
