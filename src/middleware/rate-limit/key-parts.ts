import { isIPv6 } from 'node:net';
import type { LoomRouteSpecRuleRateLimitKey } from '../../api/types.gen.ts';
import { cookieValue } from '../../http/cookies.ts';
import type { Exchange } from '../../http/exchange.ts';

type KeyOf = (exchange: Exchange) => string;

/** Stands in no part of a request. */
const separator = '\0';

/** What the requests that share a bucket have in common. What a request lacks is an empty text: such requests share one. */
export function compileKey(parts: readonly LoomRouteSpecRuleRateLimitKey[]): KeyOf {
  const [first = (): string => '', ...others] = parts.map(compilePart);
  if (others.length === 0) return first;
  return (exchange) => {
    let key = first(exchange);
    for (const part of others) key += separator + part(exchange);
    return key;
  };
}

function compilePart({ type, name = '' }: LoomRouteSpecRuleRateLimitKey): KeyOf {
  switch (type) {
    case 'ClientIP':
      return ({ client }) => clientNetwork(client.address);
    case 'Header': {
      const field = name.toLowerCase();
      return ({ request }) => request.headers.joined(field) ?? '';
    }
    case 'Cookie':
      return ({ request }) => cookieValue(request.headers, name) ?? '';
    case 'PathParameter':
      return ({ params }) => params[name] ?? '';
    case 'Host':
      return ({ request }) => request.authority;
    case 'Path':
      return ({ request }) => request.path;
    case 'Method':
      return ({ request }) => request.method;
  }
}

/** A client with IPv6 has a network of its own, /64 at least (RFC 6177), and so as many addresses as it likes. */
export function clientNetwork(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  if (tail === undefined) return network(left);
  const right = tail === '' ? [] : tail.split(':');
  // An IPv4 address at the end stands for two groups.
  const groups = left.length + right.length + (tail.includes('.') ? 1 : 0);
  return network([...left, ...Array<string>(Math.max(0, 8 - groups)).fill('0'), ...right]);
}

const network = (groups: readonly string[]): string =>
  `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
