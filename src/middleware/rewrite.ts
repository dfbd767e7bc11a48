import type { LoomRouteSpecRuleRewrite } from '../api/types.gen.ts';
import { compileHost } from './host-template.ts';
import type { Middleware } from './middleware.ts';
import { order } from './order.ts';
import { compilePathChange } from './path-change.ts';

export const rewrite: Middleware<LoomRouteSpecRuleRewrite> = {
  name: 'rewrite',
  order: order.rewrite,
  compile({ host, path }) {
    const newPath = path && compilePathChange(path);
    const newHost = host === undefined ? undefined : compileHost(host);
    return {
      name: 'rewrite',
      request(exchange) {
        // Before the path changes, which may be a part of it.
        const authority = newHost?.(exchange);
        if (newPath) exchange.request.path = newPath(exchange);
        if (authority !== undefined) exchange.request.authority = authority;
        return undefined;
      },
    };
  },
};
