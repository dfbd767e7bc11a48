import { LoomError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { BasicAuth } from '../model/model.ts';
import type { Verdict } from './basic-auth/password-list.ts';
import type { Middleware } from './middleware.ts';
import { order } from './order.ts';

/** Names and passwords (RFC 7617). */
export const basicAuth: Middleware<BasicAuth> = {
  name: 'basicAuth',
  order: order.basicAuth,
  compile({ secret, users, realm, userHeader, removeCredentials }, site) {
    const list = users === undefined ? undefined : site.passwords.use(users);
    const header = userHeader?.toLowerCase();
    const challenge = `Basic realm="${realm}", charset="UTF-8"`;
    const passed = site.counter('passed');
    const refused = site.counter('refused');
    const unavailable = site.counter('unavailable');

    /** Throws LoomError(unauthorized). */
    const settle = ({ request }: Exchange, user: Verdict): undefined => {
      if (user === undefined) throw refuse('nobody has that name and password');
      if (removeCredentials) request.headers.delete('authorization');
      // As UTF-8, byte for byte.
      if (header !== undefined) request.headers.set(header, Buffer.from(user).latin1Slice());
      passed.value++;
      return undefined;
    };

    const refuse = (detail: string): LoomError => {
      refused.value++;
      const error = new LoomError('unauthorized', detail);
      error.authenticate = challenge;
      return error;
    };

    return {
      name: 'basicAuth',
      request(exchange) {
        const { headers } = exchange.request;
        if (header !== undefined) headers.delete(header);
        if (!list) {
          unavailable.value++;
          throw new LoomError('auth-unavailable', `the users of the Secret ${secret ?? ''} cannot be read`);
        }
        const credentials = headers.get('authorization');
        if (credentials === undefined || credentials.slice(0, 6).toLowerCase() !== 'basic ')
          throw refuse('no password');
        const found = list.find(credentials);
        if (!(found instanceof Promise)) return settle(exchange, found);
        return found.then(
          (user) => settle(exchange, user),
          (error: unknown) => {
            unavailable.value++;
            throw error;
          },
        );
      },
      close() {
        if (users !== undefined) site.passwords.release(users);
      },
    };
  },
};
