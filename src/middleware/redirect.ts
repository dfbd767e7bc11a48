import type { LoomRouteSpecRuleRedirect } from '../api/types.gen.ts';
import type { Exchange } from '../http/exchange.ts';
import { HeaderList } from '../http/headers.ts';
import { compileHost } from './host-template.ts';
import type { Middleware } from './middleware.ts';
import { order } from './order.ts';
import { compilePathChange } from './path-change.ts';

export const redirect: Middleware<LoomRouteSpecRuleRedirect> = {
  name: 'redirect',
  order: order.redirect,
  compile(settings) {
    const location = compileLocation(settings);
    return {
      name: 'redirect',
      request(exchange) {
        const headers = new HeaderList(['location', location(exchange), 'content-length', '0']);
        return { head: { status: settings.status, headers }, body: undefined };
      },
    };
  },
};

/** The authority keeps the request's port only while the scheme stays: https on port 80 would lead nowhere. */
function compileLocation({
  scheme,
  host,
  port,
  path,
}: LoomRouteSpecRuleRedirect): (exchange: Exchange) => string {
  const newPath = path && compilePathChange(path);
  const newHost = host === undefined ? undefined : compileHost(host);
  return (exchange) => {
    const { request } = exchange;
    const [, oldHost = '', oldPort = ''] = /^(.*?)(?::(\d+))?$/.exec(request.authority) ?? [];
    const toScheme = scheme ?? request.scheme;
    const keepsPort = port === undefined && toScheme === request.scheme && oldPort !== '';
    const toPort = port === undefined ? (keepsPort ? oldPort : '') : String(port);
    const standard = toPort === (toScheme === 'https' ? '443' : '80');
    const suffix = toPort === '' || standard ? '' : `:${toPort}`;
    const query = request.query ? `?${request.query}` : '';
    // The port is said by `port`, or that of the request.
    const toHost = newHost ? newHost(exchange).replace(/:[0-9]+$/, '') : oldHost;
    return `${toScheme}://${toHost}${suffix}${newPath ? newPath(exchange) : request.path}${query}`;
  };
}
