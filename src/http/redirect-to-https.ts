import { EarlyReply } from './early-reply.ts';
import type { Exchange } from './exchange.ts';
import { HeaderList } from './headers.ts';

/** RFC 8555 section 8.3: authorities that issue certificates ask for these over plain HTTP. */
const challenges = '/.well-known/acme-challenge/';

/**
 * Answers 308 with the same target over https at `port`; undefined where the request is to be routed as it is: ACME
 * challenges, what has come to a trusted proxy over https, and what names no host to send to (HTTP/1.0).
 */
export function redirectToHttps({ request }: Exchange, port: number): EarlyReply | undefined {
  const { authority, path, query, headers } = request;
  if (authority === '' || path.startsWith(challenges)) return undefined;
  if (headers.get('x-forwarded-proto') === 'https') return undefined;
  const host = authority.replace(/:\d*$/, '') + (port === 443 ? '' : `:${port}`);
  const location = `https://${host}${path}${query === '' ? '' : `?${query}`}`;
  return new EarlyReply({
    head: { status: 308, headers: new HeaderList(['location', location, 'content-length', '0']) },
    body: undefined,
  });
}
