import type { LoomRouteSpecRuleResponseHeaders } from '../api/types.gen.ts';
import { compileHeaderChange } from './header-change.ts';
import type { Middleware } from './middleware.ts';
import { order } from './order.ts';

export const responseHeaders: Middleware<LoomRouteSpecRuleResponseHeaders> = {
  name: 'responseHeaders',
  order: order.responseHeaders,
  compile(settings) {
    const change = compileHeaderChange(settings);
    return {
      name: 'responseHeaders',
      response(exchange) {
        if (exchange.response) change(exchange.response.headers, exchange);
        return undefined;
      },
    };
  },
};
