import type { BodySource } from '../../http/body.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { BodyFilter } from './body-filter.ts';
import { requestWay, type Way } from './way.ts';

export const noBytes = Buffer.alloc(0);

/** Nothing follows the head of this response (RFC 9112 section 6.3), or what is no HTTP any more. */
export function hasNoBody({ request, response }: Exchange): boolean {
  const status = response?.status ?? 0;
  return request.method === 'HEAD' || status < 200 || status === 204 || status === 304;
}

/** The head says that no body follows it. One of unknown length that turns out empty counts as a body. */
export function endsWithHead(exchange: Exchange): boolean {
  const { response, responseBody, upstreamStatus } = exchange;
  if (hasNoBody(exchange)) return true;
  if (responseBody === undefined && upstreamStatus === 0) return true;
  return response?.headers.get('content-length') === '0';
}

/** What follows the head of that way; undefined when nothing does. */
export function bodyBehind(exchange: Exchange, way: Way): BodySource | Buffer | undefined {
  if (way === requestWay) return exchange.requestBody;
  return endsWithHead(exchange) ? undefined : (exchange.responseBody ?? noBytes);
}

/** A response that was made here: plugins see its body in one piece. */
export const isLocal = (exchange: Exchange, way: Way): boolean =>
  way !== requestWay && exchange.upstreamStatus === 0;

/**
 * Puts what has passed a plugin in the place of the body, and keeps the head true to it: the exact length when the whole
 * body has passed, none when more may come, since the plugin may change it.
 */
export function attach(exchange: Exchange, way: Way, filter: BodyFilter): void {
  const whole = filter.finished && !(filter.trailers && filter.trailers.size > 0);
  if (whole) filter.length = filter.passedBytes;
  const headers = way === requestWay ? exchange.request.headers : exchange.response?.headers;
  if (filter.length === undefined) headers?.delete('content-length');
  else if (headers?.has('content-length')) headers.set('content-length', String(filter.length));
  if (way === requestWay) exchange.requestBody = filter.length === 0 ? undefined : filter;
  else exchange.responseBody = whole ? filter.whole() : filter;
}
