import { LoomError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { hasVariables } from '../model/template.ts';
import { compileTemplate } from './template.ts';

/** With an address or a port too, as a request may have them. */
const authorityForm = /^([-a-z0-9_.]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$/;

/**
 * The new host of a rewrite or redirect, with its variables filled in. What a client has sent must not become anything else than a
 * host: throws LoomError(bad-request) for such a request.
 */
export function compileHost(host: string): (exchange: Exchange) => string {
  if (!hasVariables(host)) return () => host;
  const textOf = compileTemplate(host);
  return (exchange) => {
    const authority = textOf(exchange).toLowerCase();
    if (!authorityForm.test(authority))
      throw new LoomError('bad-request', `the new host would be ${authority}`);
    return authority;
  };
}
