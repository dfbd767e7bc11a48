import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { foreignOf } from '../foreign.ts';

export interface Found {
  /** IP addresses; at least one. */
  readonly addresses: readonly string[];
  /** undefined: nobody has said. */
  readonly ttlMs: number | undefined;
}

export type Family = 'Any' | 'IPv4' | 'IPv6';

const numbers = { Any: 0, IPv4: 4, IPv6: 6 } as const;

/** Each server is asked after that time once more, and then waited for twice as long. */
const patience = { timeout: 2000, tries: 2 };

interface Answer {
  readonly records: readonly { readonly address: string; readonly ttl: number }[];
  readonly isLate: boolean;
}

/**
 * The addresses of a name as the system has them, which knows its hosts file and search domains, and how long they hold, which
 * only the DNS itself tells. Rejects where the name has none, or the DNS does not say in time.
 *
 * The system is asked only for what the DNS has answered: it waits in a thread, two of which are all that this process has for
 * names, and those for which no answer comes would hold back the others. `dns` is new for each look-up, and so knows the servers
 * that the system has now.
 */
export async function lookUp(name: string, family: Family, dns = new Resolver(patience)): Promise<Found> {
  const answers = await Promise.all([
    family === 'IPv6' ? none : told(dns.resolve4(name, { ttl: true })),
    family === 'IPv4' ? none : told(dns.resolve6(name, { ttl: true })),
  ]);
  const records = answers.flatMap((answer) => answer.records);
  const ttlMs = records.length > 0 ? Math.min(...records.map(({ ttl }) => ttl)) * 1000 : undefined;
  const isLate = answers.some((answer) => answer.isLate) && !(await isInHostsFile(name));
  const found = isLate ? records : await lookup(name, { all: true, family: numbers[family] });
  if (found.length === 0) throw new Error('the DNS does not answer in time');
  return { addresses: found.map(({ address }) => address), ttlMs };
}

/** The same without addresses of the machine itself; rejects with LoomError `inner-address` where there are no others. */
export async function lookUpForeign(name: string, family: Family): Promise<Found> {
  const { addresses, ttlMs } = await lookUp(name, family);
  return { addresses: foreignOf(name, addresses, String), ttlMs };
}

const none: Answer = { records: [], isLate: false };

/** An answer without records is one too: the name may be in a search domain. */
const told = (asked: Promise<Answer['records']>): Promise<Answer> =>
  asked.then(
    (records) => ({ records, isLate: false }),
    ({ code }: NodeJS.ErrnoException) => ({ records: [], isLate: code === 'ETIMEOUT' }),
  );

/** What stands there needs no DNS. */
async function isInHostsFile(name: string): Promise<boolean> {
  const text = await readFile('/etc/hosts', 'latin1').catch(() => '');
  return text.split('\n').some((line) => {
    const [, ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/);
    return names.includes(name.toLowerCase());
  });
}
