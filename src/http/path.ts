/**
 * One spelling for each path, so that what is compared is what the upstream gets (RFC 3986 section 6.2.2): escapes of
 * unreserved characters decoded, other escapes in upper case, dot segments resolved, empty segments merged. `%2F` stays
 * an escape: it is data, not a separator. undefined for what no client has a reason to send: a broken escape, an escaped
 * control character, a path that climbs above the root.
 */
export function normalisePath(path: string): string | undefined {
  if (isPlain(path)) return path;
  const decoded = path.includes('%') ? decode(path) : path;
  return decoded === undefined ? undefined : resolve(decoded);
}

/** Nothing to do: no escape, no empty segment, no segment that begins with a dot. */
function isPlain(path: string): boolean {
  return !path.includes('%') && !path.includes('//') && !path.includes('/.');
}

const unreserved = /[A-Za-z0-9\-._~]/;

function decode(path: string): string | undefined {
  let out = '';
  let from = 0;
  for (let at = path.indexOf('%'); at !== -1; at = path.indexOf('%', from)) {
    const hex = path.slice(at + 1, at + 3);
    if (!/^[0-9A-Fa-f]{2}$/.test(hex)) return undefined;
    const code = Number.parseInt(hex, 16);
    if (code < 0x20 || code === 0x7f) return undefined;
    const character = String.fromCharCode(code);
    out += path.slice(from, at) + (unreserved.test(character) ? character : `%${hex.toUpperCase()}`);
    from = at + 3;
  }
  return out + path.slice(from);
}

/** RFC 3986 section 5.2.4, and empty segments merged as nginx does. */
function resolve(path: string): string | undefined {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [i, segment] of segments.entries()) {
    const last = i === segments.length - 1;
    if (segment === '..') {
      if (kept.pop() === undefined) return undefined;
      if (last) kept.push('');
    } else if (segment === '.' || segment === '') {
      if (last) kept.push('');
    } else {
      kept.push(segment);
    }
  }
  return `/${kept.join('/')}`;
}
