import { isIP } from 'node:net';
import type { Publication } from '../../sources/kube/published-addresses.ts';
import { UsageError } from '../command.ts';

/** For parseArgs: which addresses the status of routes shows. */
export const publicationOptions = {
  'publish-service': { type: 'string' },
  'publish-addresses': { type: 'string' },
} as const;

export interface PublicationValues {
  readonly 'publish-service'?: string | undefined;
  readonly 'publish-addresses'?: string | undefined;
}

/** RFC 1123 labels, as the API server asks of a host name in the status of a Service. */
const hostName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;

/** undefined: none. Throws a UsageError for what is no Service, or no address. */
export function publicationOf(values: PublicationValues): Publication | undefined {
  const { 'publish-service': service, 'publish-addresses': addresses } = values;
  if (service !== undefined && addresses !== undefined)
    throw new UsageError('takes one of --publish-service and --publish-addresses');
  if (service !== undefined) {
    const [namespace, name, ...more] = service.split('/');
    if (!namespace || !name || more.length > 0)
      throw new UsageError(`--publish-service ${service} must be NAMESPACE/NAME`);
    return { service: { namespace, name } };
  }
  if (addresses === undefined) return undefined;
  const all = addresses.split(',');
  for (const address of all) {
    if (isIP(address) === 0 && (address.length > 253 || !hostName.test(address)))
      throw new UsageError(`--publish-addresses: ${JSON.stringify(address)} is no IP address or host name`);
  }
  return { addresses: all };
}
