import type { LoomRouteSpecRuleRateLimit } from '../api/types.gen.ts';
import { LoomError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Middleware, Site } from './middleware.ts';
import { order } from './order.ts';
import { Limit } from './rate-limit/limit.ts';

/** Token buckets; a request passes when each limit of its rule has a token for it, and otherwise takes none. */
export const rateLimits: Middleware<readonly LoomRouteSpecRuleRateLimit[]> = {
  name: 'rateLimits',
  order: order.rateLimits,
  compile(settings, site: Site) {
    const limits = settings.map((one) => new Limit(one, site));
    const policy = limits.map((limit) => limit.policy).join(', ');
    const passed = site.counter('passed');
    const limited = site.counter('limited');
    return {
      name: 'rateLimits',
      request(exchange) {
        for (let i = 0; i < limits.length; i++) {
          const limit = limits[i] as Limit;
          const out = limit.take(exchange);
          if (out < 0) {
            for (let j = 0; j < i; j++) limits[j]?.giveBack(exchange);
            limited.value++;
            exchange.quota = limit.refused(-out);
            throw refusal(limit.name, -out);
          }
          exchange.quota = exchange.quota ? `${exchange.quota}, ${limit.left(out)}` : limit.left(out);
        }
        passed.value++;
        return undefined;
      },
      response({ response, quota }: Exchange) {
        if (!response || !quota) return undefined;
        response.headers.set('ratelimit-policy', policy);
        response.headers.set('ratelimit', quota);
        return undefined;
      },
    };
  },
};

function refusal(name: string, waitNs: number): LoomError {
  const error = new LoomError('rate-limited', name);
  error.retryAfterMs = waitNs / 1e6;
  return error;
}
