import type { LoomRouteSpecRuleRequestHeaders } from '../api/types.gen.ts';
import { compileHeaderChange } from './header-change.ts';
import type { Middleware } from './middleware.ts';
import { order } from './order.ts';

export const requestHeaders: Middleware<LoomRouteSpecRuleRequestHeaders> = {
  name: 'requestHeaders',
  order: order.requestHeaders,
  compile(settings) {
    const change = compileHeaderChange(settings);
    return {
      name: 'requestHeaders',
      request(exchange) {
        change(exchange.request.headers, exchange);
        return undefined;
      },
    };
  },
};
