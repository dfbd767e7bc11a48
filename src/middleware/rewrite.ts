import type { LoomRouteSpecRuleRewrite } from '../api/types.gen.ts';
import type { Middleware } from './middleware.ts';
import { order } from './order.ts';
import { compilePathChange } from './path-change.ts';

export const rewrite: Middleware<LoomRouteSpecRuleRewrite> = {
  name: 'rewrite',
  order: order.rewrite,
  compile({ host, path }) {
    const newPath = path && compilePathChange(path);
    return {
      name: 'rewrite',
      request(exchange) {
        if (newPath) exchange.request.path = newPath(exchange);
        if (host) exchange.request.authority = host;
        return undefined;
      },
    };
  },
};
