import type { LoomRouteSpecRuleIpAccess } from '../api/types.gen.ts';
import { LoomError } from '../errors.ts';
import { AddressSet } from '../http/address-set.ts';
import type { Middleware } from './middleware.ts';
import { order } from './order.ts';

/** By the address of the client behind trusted proxies. What is denied stays denied, whatever is allowed. */
export const ipAccess: Middleware<LoomRouteSpecRuleIpAccess> = {
  name: 'ipAccess',
  order: order.ipAccess,
  compile({ allow, deny }, site) {
    const allowed = allow && new AddressSet(allow);
    const denied = deny && new AddressSet(deny);
    const passed = site.counter('passed');
    const refused = site.counter('denied');
    return {
      name: 'ipAccess',
      request({ client: { address } }) {
        if (denied?.has(address) || (allowed && !allowed.has(address))) {
          refused.value++;
          throw new LoomError('address-denied', address);
        }
        passed.value++;
        return undefined;
      },
    };
  },
};
