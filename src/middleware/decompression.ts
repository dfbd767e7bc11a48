import type { LoomRouteSpecRuleDecompression } from '../api/types.gen.ts';
import type { Coding } from './compression/accepted.ts';
import { codings, untrue } from './compression/codings.ts';
import { ClearBody } from './compression/clear-body.ts';
import type { Middleware } from './middleware.ts';
import { order } from './order.ts';

/** Request bodies in clear (RFC 9110 section 8.4), for plugins that look into them and upstreams that cannot. */
export const decompression: Middleware<LoomRouteSpecRuleDecompression> = {
  name: 'decompression',
  order: order.decompression,
  compile({ algorithms, maxBytes }, site) {
    const known = new Map<string, Coding>(algorithms.map((name) => [codings[name], codings[name]]));
    if (known.has('gzip')) known.set('x-gzip', 'gzip');
    const decompressed = site.counter('decompressed');
    const passed = site.counter('passed');
    return {
      name: 'decompression',
      request(exchange) {
        const { headers } = exchange.request;
        const encoding = headers.joined('content-encoding')?.trim().toLowerCase();
        if (encoding === undefined || !exchange.requestBody) return undefined;
        const coding = known.get(encoding);
        if (!coding) {
          passed.value++;
          return undefined;
        }
        decompressed.value++;
        headers.deleteAny(['content-encoding', 'content-length', ...untrue]);
        exchange.requestBody = new ClearBody(exchange.requestBody, coding, maxBytes);
        return undefined;
      },
    };
  },
};
