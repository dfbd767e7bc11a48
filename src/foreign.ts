import { lookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction, type TcpNetConnectOpts } from 'node:net';
import { LoomError } from './errors.ts';

/**
 * Addresses that lead into the pod itself, to its node, or to what a cloud tells its machines: who may only name hosts must not
 * reach them through Loom, which has an admin API and an identity there.
 */
const inner = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  // Link-local; 169.254.169.254 are the metadata of most clouds.
  ['169.254.0.0', 16],
  // Metadata of Alibaba Cloud and of Oracle Cloud.
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
] as const)
  inner.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  // Unspecified, loopback, and IPv4 in its oldest form (RFC 4291 section 2.5.5.1); IPv4-mapped ones count as IPv4.
  ['::', 96],
  ['fe80::', 10],
  // Metadata of AWS and of Google Cloud.
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
] as const)
  inner.addSubnet(network, bits, 'ipv6');

/** Whether an IP address is none of those. */
export function isForeignAddress(address: string): boolean {
  // A zone only says by which interface.
  const [ip = ''] = address.split('%');
  return !inner.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4');
}

/** Of what a name has, those that are foreign. Throws LoomError `inner-address` where none is. */
export function foreignOf<T>(name: string, found: readonly T[], addressOf: (one: T) => string): T[] {
  const foreign = found.filter((one) => isForeignAddress(addressOf(one)));
  const [first] = found;
  if (foreign.length > 0 || first === undefined) return foreign;
  throw new LoomError('inner-address', `${name} leads to ${addressOf(first)}`);
}

/**
 * For node:net in place of dns.lookup: fails as `foreignOf` does. The connection is made with what is found here, so that no second
 * answer can be another.
 */
export const lookUpForeign: LookupFunction = (name, options, done) => {
  lookup(name, { ...options, all: true }, (error, found) => {
    if (error) return done(error, []);
    let foreign: LookupAddress[];
    try {
      foreign = foreignOf(name, found, ({ address }) => address);
    } catch (inward) {
      return done(inward as Error, []);
    }
    const [first] = foreign;
    if (options.all) done(null, foreign);
    else done(null, first?.address ?? '', first?.family);
  });
};

/** For node:net: a place to connect to that is foreign or fails, or why none can be. */
export function foreignPlace(host: string, port: number): TcpNetConnectOpts | LoomError {
  if (isIP(host) === 0) return { host, port, lookup: lookUpForeign };
  return isForeignAddress(host) ? { host, port } : new LoomError('inner-address', host);
}
