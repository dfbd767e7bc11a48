import type { LoomRouteSpecRuleCors } from '../api/types.gen.ts';
import type { Exchange } from '../http/exchange.ts';
import { HeaderList } from '../http/headers.ts';
import { addVary } from '../http/vary.ts';
import { toMs } from '../model/duration.ts';
import { compileOrigins } from './cors-origins.ts';
import type { Middleware, Reply } from './middleware.ts';
import { order } from './order.ts';

/** What Loom says in place of the upstream: two answers to one question would be none. */
const own = [
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-expose-headers',
];

/** Cross-origin requests by the Fetch standard (section 3.2, "HTTP CORS protocol"). */
export const cors: Middleware<LoomRouteSpecRuleCors> = {
  name: 'cors',
  order: order.cors,
  compile(settings, site) {
    const { allowCredentials, allowPrivateNetwork } = settings;
    const { includes, isAny } = compileOrigins(settings.allowOrigins);
    /** Without credentials the answer is the same for everybody. */
    const isSame = isAny && !allowCredentials;
    const exposed = settings.exposeHeaders?.join(', ');
    const methods = settings.allowMethods.join(', ');
    const allHeaders = settings.allowHeaders?.includes('*') ?? false;
    const headerNames = settings.allowHeaders?.join(', ');
    const maxAge = String(Math.floor(toMs(settings.maxAge) / 1000));
    const outcome = {
      preflight: site.counter('preflight'),
      allowed: site.counter('allowed'),
      denied: site.counter('denied'),
    };

    const allow = (headers: HeaderList, origin: string): void => {
      headers.set('access-control-allow-origin', isSame ? '*' : origin);
      if (allowCredentials) headers.set('access-control-allow-credentials', 'true');
    };

    /** Of one that is not allowed the browser hears nothing, which means no. */
    const preflight = ({ request }: Exchange, origin: string): Reply => {
      const headers = new HeaderList();
      if (includes(origin)) {
        outcome.preflight.value++;
        allow(headers, origin);
        headers.append('access-control-allow-methods', methods);
        const wanted = request.headers.joined('access-control-request-headers');
        // With credentials a star is a name like any other, so the wanted ones are said instead.
        const names = allHeaders ? wanted : headerNames;
        if (names) headers.append('access-control-allow-headers', names);
        headers.append('access-control-max-age', maxAge);
        if (allowPrivateNetwork && request.headers.get('access-control-request-private-network') === 'true')
          headers.append('access-control-allow-private-network', 'true');
      } else {
        outcome.denied.value++;
      }
      headers.append('vary', 'origin, access-control-request-method, access-control-request-headers');
      return { head: { status: 204, headers }, body: undefined };
    };

    return {
      name: 'cors',
      request(exchange) {
        const { method, headers } = exchange.request;
        if (method !== 'OPTIONS' || !headers.has('access-control-request-method')) return undefined;
        const origin = headers.get('origin');
        return origin === undefined ? undefined : preflight(exchange, origin);
      },
      response({ request, response }) {
        if (!response) return undefined;
        const origin = request.headers.get('origin');
        const { headers } = response;
        if (isPreflight(request)) return undefined;
        headers.deleteAny(own);
        if (!isSame) addVary(headers, 'origin');
        if (origin === undefined) return undefined;
        if (!includes(origin)) {
          outcome.denied.value++;
          return undefined;
        }
        outcome.allowed.value++;
        allow(headers, origin);
        if (exposed) headers.set('access-control-expose-headers', exposed);
        return undefined;
      },
    };
  },
};

const isPreflight = ({ method, headers }: Exchange['request']): boolean =>
  method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method');
