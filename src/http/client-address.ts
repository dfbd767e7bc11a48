import { isIP } from 'node:net';

/**
 * The address of the client by X-Forwarded-For, whose last entry is what the peer has seen; undefined where the list does not
 * tell. With `hops` it is the entry which that many proxies before us have left (Envoy's xff_num_trusted_hops); with 0 the last
 * entry that is not one of the proxies.
 */
export function clientAddress(
  chain: string,
  hops: number,
  isProxy: (address: string) => boolean,
): string | undefined {
  const entries = chain.split(',');
  if (hops > 0) return addressOf(entries.at(-hops) ?? '');
  let found: string | undefined;
  for (const entry of entries.toReversed()) {
    const address = addressOf(entry);
    // What stands before something that is no address was not added by a proxy that we know.
    if (address === undefined) break;
    found = address;
    if (!isProxy(address)) break;
  }
  return found;
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function addressOf(entry: string): string | undefined {
  const text = entry.trim();
  if (isIP(text)) return text;
  const [, v6, v4] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/.exec(text) ?? [];
  const address = v6 ?? v4 ?? '';
  return isIP(address) ? address : undefined;
}
