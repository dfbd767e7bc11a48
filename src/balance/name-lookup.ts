import { lookup, resolve4, resolve6 } from 'node:dns/promises';

export interface Found {
  /** IP addresses. */
  readonly addresses: readonly string[];
  /** undefined: nobody has said. */
  readonly ttlMs: number | undefined;
}

export type Family = 'Any' | 'IPv4' | 'IPv6';

const numbers = { Any: 0, IPv4: 4, IPv6: 6 } as const;

/**
 * The addresses of a name as the system has them, which knows its hosts file and search domains, and how long they hold, which
 * only the DNS itself tells. Rejects where the name has none.
 */
export async function lookUp(name: string, family: Family): Promise<Found> {
  const [found, ...answers] = await Promise.all([
    lookup(name, { all: true, family: numbers[family] }),
    family === 'IPv6' ? [] : resolve4(name, { ttl: true }).catch(() => []),
    family === 'IPv4' ? [] : resolve6(name, { ttl: true }).catch(() => []),
  ]);
  const ttls = answers.flat().map(({ ttl }) => ttl);
  return {
    addresses: found.map(({ address }) => address),
    ttlMs: ttls.length > 0 ? Math.min(...ttls) * 1000 : undefined,
  };
}
