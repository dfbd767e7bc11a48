import { status } from '../abi/status.ts';
import { granted } from '../host/grants.ts';
import { noResult, type ForeignFunction } from './foreign-function.ts';

/** What proxy_clear_route_cache was before 0.2.0, and under the same grant. */
export const clearRouteCache: ForeignFunction = ({ plugin, stream }) => {
  if (!granted(plugin.capabilities, 'Routing')) return status.internalFailure;
  stream?.clearRouteCache();
  return noResult;
};
