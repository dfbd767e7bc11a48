import type { LoomRouteSpecRuleCompression } from '../api/types.gen.ts';
import type { Exchange } from '../http/exchange.ts';
import type { HeaderList } from '../http/headers.ts';
import { addVary } from '../http/vary.ts';
import { acceptedCoding, type Coding } from './compression/accepted.ts';
import { codings, untrue } from './compression/codings.ts';
import { CompressedBody, compressWhole } from './compression/compressed-body.ts';
import type { Middleware } from './middleware.ts';
import { order } from './order.ts';

/** Compresses responses for clients that accept it (RFC 9110 sections 8.4 and 12.5.3). */
export const compression: Middleware<LoomRouteSpecRuleCompression> = {
  name: 'compression',
  order: order.compression,
  compile({ algorithms, minBytes, contentTypes }, site) {
    const offered = algorithms.map((name) => codings[name]);
    const isWanted = compileTypes(contentTypes);
    const compressed = site.counter('compressed');
    const passed = site.counter('passed');
    const isFit = ({ request, response, responseBody: body }: Exchange): boolean => {
      // A HEAD says what a GET would (RFC 9110 section 9.3.2).
      if (!response || (body === undefined && request.method !== 'HEAD')) return false;
      const { status, headers } = response;
      // Parts of a response are parts of what it is now; others have no body, or one that is not theirs.
      if (status < 200 || status === 204 || status === 206 || status === 304) return false;
      if (headers.has('content-range')) return false;
      const length = body ? body.length : toldLength(headers);
      return length === undefined || length >= minBytes;
    };
    return {
      name: 'compression',
      response(exchange) {
        const { request, response } = exchange;
        if (!response || !isWanted(response.headers) || isFixed(request.headers, response.headers))
          return undefined;
        addVary(response.headers, 'accept-encoding');
        const coding = isFit(exchange)
          ? acceptedCoding(request.headers.joined('accept-encoding'), offered)
          : undefined;
        if (!coding) {
          passed.value++;
          return undefined;
        }
        compressed.value++;
        encode(exchange, response.headers, coding);
        return undefined;
      },
    };
  },
};

function encode(exchange: Exchange, headers: HeaderList, coding: Coding): void {
  const body = exchange.responseBody;
  headers.deleteAny(untrue);
  headers.set('content-encoding', coding);
  const etag = headers.get('etag');
  // The same in meaning, not in bytes (RFC 9110 section 8.8.3).
  if (etag !== undefined && !etag.startsWith('W/')) headers.set('etag', `W/${etag}`);
  if (Buffer.isBuffer(body)) {
    const bytes = compressWhole(coding, body);
    headers.set('content-length', String(bytes.length));
    exchange.responseBody = bytes;
    return;
  }
  headers.delete('content-length');
  if (body) exchange.responseBody = new CompressedBody(body, coding);
}

function toldLength(headers: HeaderList): number | undefined {
  const text = headers.get('content-length');
  return text === undefined ? undefined : Number(text);
}

/** Encoded already, or not to be touched by anyone on the way (RFC 9111 section 5.2). */
function isFixed(request: HeaderList, response: HeaderList): boolean {
  const encoding = response.joined('content-encoding')?.trim().toLowerCase();
  if (encoding !== undefined && encoding !== '' && encoding !== 'identity') return true;
  return isUntouchable(response) || isUntouchable(request);
}

const isUntouchable = (headers: HeaderList): boolean =>
  headers.joined('cache-control')?.toLowerCase().includes('no-transform') ?? false;

/** By the media type without its parameters; `text/*` is every text. */
function compileTypes(types: readonly string[]): (headers: HeaderList) => boolean {
  const lower = types.map((type) => type.toLowerCase());
  const exact = new Set(lower);
  const prefixes = lower.filter((type) => type.endsWith('/*')).map((type) => type.slice(0, -1));
  return (headers) => {
    const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
    return exact.has(type) || prefixes.some((prefix) => type.startsWith(prefix));
  };
}
