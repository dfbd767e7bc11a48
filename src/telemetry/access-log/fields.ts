import type { Exchange } from '../../http/exchange.ts';
import type { AccessLogField } from '../../model/access-log.ts';
import type { Redaction } from './redaction.ts';

/** `status` 0: no response was sent. Undefined: there is nothing to say. */
export type ValueOf = (
  exchange: Exchange,
  status: number,
) => string | number | Readonly<Record<string, string>> | undefined;

/** What a field says of an exchange. */
export function fieldValue(name: AccessLogField, redaction: Redaction): ValueOf {
  if (name === 'query') return ({ original }) => redaction.query(original.query) || undefined;
  if (name === 'target')
    return ({ original: { path, query } }) => (query === '' ? path : `${path}?${redaction.query(query)}`);
  return plain[name];
}

/** All fields of that name of the request, as it was sent on, or of the response. */
export function headerValue(
  of: 'request' | 'response',
  name: string,
  redaction: Redaction,
): (exchange: Exchange) => string | undefined {
  const show = redaction.ofHeader(name);
  const read: (exchange: Exchange) => string | undefined =
    of === 'request'
      ? ({ request }) => request.headers.joined(name)
      : ({ response }) => response?.headers.joined(name);
  if (!show) return read;
  return (exchange) => {
    const value = read(exchange);
    return value === undefined ? undefined : show(value);
  };
}

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

const plain: Readonly<Record<Exclude<AccessLogField, 'query' | 'target'>, ValueOf>> = {
  time: ({ receivedAt }) => isoTime(receivedAt),
  timeCommon: ({ receivedAt }) => commonTime(receivedAt),
  requestId: ({ id }) => id,
  traceId: ({ traceId }) => traceId || undefined,
  client: ({ client }) => client.address,
  clientPort: ({ client }) => client.port || undefined,
  listener: ({ listener }) => listener,
  protocol: ({ wire }) => `HTTP/${wire.version}`,
  scheme: ({ request }) => request.scheme,
  method: ({ original }) => original.method,
  host: ({ original }) => original.authority,
  path: ({ original }) => original.path,
  status: (_, status) => status,
  route: ({ route }) => route || undefined,
  rule: ({ rule }) => rule || undefined,
  upstream: ({ upstream }) => upstream || undefined,
  upstreamPath: ({ request, original }) => (request.path === original.path ? undefined : request.path),
  endpoint: ({ endpoint }) => endpoint || undefined,
  upstreamStatus: ({ upstreamStatus }) => upstreamStatus || undefined,
  attempts: ({ attempts }) => attempts || undefined,
  plugins: ({ plugins }) => plugins,
  notes: ({ notes }) => notes,
  durationMs: ({ startedAt }) => rounded(performance.now() - startedAt),
  upstreamMs: ({ upstreamMs }) => (upstreamMs >= 0 ? rounded(upstreamMs) : undefined),
  requestBytes: ({ requestBytes }) => requestBytes,
  responseBytes: ({ responseBytes }) => responseBytes,
  error: ({ errorCode }) => errorCode,
  detail: ({ errorDetail }) => errorDetail || undefined,
  userAgent: ({ request }) => request.headers.get('user-agent'),
};

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The last second that was asked for: there are thousands of lines in each. */
let second = -1;
let isoSecond = '';
let commonSecond = '';

function enterSecond(at: number): void {
  const now = Math.floor(at / 1000);
  if (now === second) return;
  second = now;
  const date = new Date(now * 1000);
  const iso = date.toISOString();
  isoSecond = iso.slice(0, -4);
  const [, year, , day, time] = /^(.*?)-(..)-(..)T(.*)\.000Z$/.exec(iso) ?? [];
  commonSecond = `${day}/${months[date.getUTCMonth()]}/${year}:${time} +0000`;
}

/** RFC 3339 in UTC, with milliseconds. */
function isoTime(at: number): string {
  enterSecond(at);
  return `${isoSecond}${String(at % 1000).padStart(3, '0')}Z`;
}

/** `21/Nov/2026:14:43:50 +0000`, the time of the common log format; always in UTC. */
function commonTime(at: number): string {
  enterSecond(at);
  return commonSecond;
}
