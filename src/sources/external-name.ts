import { isIP } from 'node:net';
import { isForeignAddress } from '../foreign.ts';

/**
 * Whether the name of a Service of type ExternalName may be followed where that is allowed: never one that leads into the pod or its
 * node, however it is written. Where other names lead is seen when they are resolved.
 */
export function isForeign(externalName: string): boolean {
  const host = externalName.toLowerCase().replace(/\.$/, '');
  if (host === 'localhost' || host.endsWith('.localhost')) return false;
  // What ends in a number is an address to inet_aton(3), such as 127.1 and 127.0.0.0x1 (WHATWG URL, "ends in a number").
  if (isIP(host) === 0) return !/(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/.test(host);
  return isForeignAddress(host);
}
