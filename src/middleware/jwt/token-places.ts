import type { LoomRouteSpecRuleJwtTokenFrom } from '../../api/types.gen.ts';
import { cookieValue } from '../../http/cookies.ts';
import type { Exchange } from '../../http/exchange.ts';

/** One place where a token may stand. */
export interface TokenPlace {
  read(exchange: Exchange): string | undefined;
  /** Takes it out of the request, so that the upstream does not see it. */
  remove(exchange: Exchange): void;
}

const bearer: TokenPlace = headerPlace('authorization', 'Bearer ');

/** In the order in which they are looked at. By default `Authorization: Bearer` (RFC 6750 section 2.1). */
export function tokenPlaces(from: readonly LoomRouteSpecRuleJwtTokenFrom[] = []): readonly TokenPlace[] {
  if (from.length === 0) return [bearer];
  return from.map(({ type, name, prefix = '' }) => {
    if (type === 'Header') return headerPlace(name.toLowerCase(), prefix);
    return type === 'Cookie' ? cookiePlace(name) : queryPlace(name);
  });
}

/** Without regard to the case of the prefix: it is the name of a scheme (RFC 9110 section 11.1). */
function headerPlace(name: string, prefix: string): TokenPlace {
  const lower = prefix.toLowerCase();
  return {
    read({ request }) {
      const value = request.headers.get(name);
      if (value === undefined || value.slice(0, prefix.length).toLowerCase() !== lower) return undefined;
      return value.slice(prefix.length).trim();
    },
    remove: ({ request }) => void request.headers.delete(name),
  };
}

function cookiePlace(name: string): TokenPlace {
  return {
    read: ({ request }) => cookieValue(request.headers, name),
    remove({ request }) {
      const rest = (request.headers.get('cookie') ?? '')
        .split(';')
        .map((pair) => pair.trim())
        .filter((pair) => pair !== '' && !pair.startsWith(`${name}=`));
      if (rest.length > 0) request.headers.set('cookie', rest.join('; '));
      else request.headers.delete('cookie');
    },
  };
}

function queryPlace(name: string): TokenPlace {
  return {
    read: ({ request }) => new URLSearchParams(request.query).get(name) ?? undefined,
    remove({ request }) {
      const parts = request.query.split('&').filter((part) => decode(part.split('=', 1)[0] ?? '') !== name);
      request.query = parts.join('&');
    },
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
