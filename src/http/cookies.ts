import type { HeaderList } from './headers.ts';

/**
 * The value of the first cookie of that name (RFC 6265 section 5.4), as it was sent. HTTP/2 may split the field (RFC 9113
 * section 8.2.3), so every one is looked at.
 */
export function cookieValue(headers: HeaderList, name: string): string | undefined {
  const { flat } = headers;
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] !== 'cookie') continue;
    for (const pair of (flat[i + 1] as string).split(';')) {
      const equals = pair.indexOf('=');
      if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
    }
  }
  return undefined;
}
