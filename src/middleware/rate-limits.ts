import type { LoomRouteSpecRuleRateLimit } from '../api/types.gen.ts';
import { LoomError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Middleware } from './middleware.ts';
import { order } from './order.ts';
import { Limit } from './rate-limit/limit.ts';

/** Token buckets; a request passes when each limit of its rule has a token for it, and otherwise takes none. */
export const rateLimits: Middleware<readonly LoomRouteSpecRuleRateLimit[]> = {
  name: 'rateLimits',
  order: order.rateLimits,
  compile(settings, site) {
    // Those first that cost nothing to ask.
    const limits = settings
      .map((one) => new Limit(one, site))
      .toSorted((a, b) => Number(a.isGlobal) - Number(b.isGlobal));
    const policy = limits.map((limit) => limit.policy).join(', ');
    const passed = site.counter('passed');
    const limited = site.counter('limited');

    const askFrom = (first: number, exchange: Exchange): undefined | Promise<undefined> => {
      for (let i = first; i < limits.length; i++) {
        const out = (limits[i] as Limit).take(exchange);
        if (typeof out !== 'number')
          return out.then((later) => {
            settle(i, later, exchange);
            return askFrom(i + 1, exchange);
          });
        settle(i, out, exchange);
      }
      passed.value++;
      return undefined;
    };

    /** Throws LoomError(rate-limited). */
    const settle = (i: number, out: number, exchange: Exchange): void => {
      const limit = limits[i] as Limit;
      if (out >= 0) {
        const left = limit.left(out);
        exchange.quota = exchange.quota ? `${exchange.quota}, ${left}` : left;
        return;
      }
      for (let j = 0; j < i; j++) limits[j]?.giveBack(exchange);
      limited.value++;
      exchange.quota = limit.refused(-out);
      throw refusal(limit.name, -out);
    };

    return {
      name: 'rateLimits',
      request: (exchange) => askFrom(0, exchange),
      response({ response, quota }) {
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
