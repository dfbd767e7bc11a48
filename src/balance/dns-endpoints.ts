import { isIP } from 'node:net';
import type { DnsSettings, Endpoint, Upstream } from '../model/upstream.ts';
import { lookUp, type Found, type Family } from './name-lookup.ts';

/** Where nobody says how long an answer holds: a hosts file for one. */
const untoldMs = 30_000;
/** Before a name that could not be resolved is asked for again, doubled with each failure. */
const firstPauseMs = 1000;

interface Followed {
  readonly name: string;
  readonly settings: DnsSettings;
  /** undefined before the first answer. */
  addresses: readonly string[] | undefined;
  failures: number;
  timer: NodeJS.Timeout | undefined;
  stopped: boolean;
}

interface Expanded {
  readonly from: readonly Endpoint[];
  readonly addresses: readonly (readonly string[] | undefined)[];
  readonly endpoints: readonly Endpoint[];
}

type Endpoints = ReadonlyMap<string, readonly Endpoint[]>;

/** What has become of a name; `problem` where it can be resolved no longer, and what it had stays. */
export type DnsObserver = (name: string, addresses: readonly string[], problem?: string) => void;

/**
 * Endpoints of upstreams with `dns`: each address of a host name is one. A name is asked for again when its answer holds no
 * longer; one that cannot be resolved keeps the addresses it had, and before the first answer stands for itself. Control thread
 * only.
 */
export class DnsEndpoints {
  readonly #changed: () => void;
  readonly #observe: DnsObserver;
  readonly #lookUp: (name: string, family: Family) => Promise<Found>;
  readonly #followed = new Map<string, Followed>();
  #expanded = new Map<string, Expanded>();

  /** `changed` is called when `expand` would give something else than before. */
  constructor(changed: () => void, observe: DnsObserver, look: typeof lookUp = lookUp) {
    this.#changed = changed;
    this.#observe = observe;
    this.#lookUp = look;
  }

  /** The endpoints with addresses in place of names; what did not change keeps its identity. Follows the names that it sees. */
  expand(upstreams: ReadonlyMap<string, Upstream>, all: Endpoints): Endpoints {
    const used = new Set<string>();
    const next = new Map<string, Expanded>();
    const result = new Map(all);
    for (const [id, { dns }] of upstreams) {
      const from = dns && all.get(id);
      if (!from?.some(({ address }) => isIP(address) === 0)) continue;
      const addresses = from.map(({ address }) => {
        if (isIP(address) !== 0) return undefined;
        const followed = this.#follow(address, dns as DnsSettings);
        used.add(keyOf(followed));
        return followed.addresses;
      });
      const known = this.#expanded.get(id);
      const isSame = known?.from === from && known.addresses.every((had, i) => had === addresses[i]);
      const endpoints = isSame ? known.endpoints : expanded(from, addresses);
      next.set(id, { from, addresses, endpoints });
      result.set(id, endpoints);
    }
    this.#expanded = next;
    for (const [key, followed] of this.#followed) {
      if (used.has(key)) continue;
      this.#followed.delete(key);
      stop(followed);
    }
    return result;
  }

  /** How many names could not be resolved the last time. */
  get failing(): number {
    return [...this.#followed.values()].filter(({ failures }) => failures > 0).length;
  }

  close(): void {
    for (const followed of this.#followed.values()) stop(followed);
    this.#followed.clear();
  }

  #follow(name: string, settings: DnsSettings): Followed {
    const wanted = { name, settings };
    const known = this.#followed.get(keyOf(wanted));
    if (known) return known;
    const followed = { ...wanted, addresses: undefined, failures: 0, timer: undefined, stopped: false };
    this.#followed.set(keyOf(wanted), followed);
    void this.#ask(followed);
    return followed;
  }

  async #ask(followed: Followed): Promise<void> {
    const { name, settings } = followed;
    let waitMs: number;
    try {
      const { addresses, ttlMs = untoldMs } = await this.#lookUp(name, settings.family);
      waitMs = ttlMs;
      this.#take(followed, [...new Set(addresses)].toSorted());
    } catch (error) {
      waitMs = firstPauseMs * 2 ** Math.min(followed.failures++, 10);
      if (followed.failures === 1 && !followed.stopped)
        this.#observe(name, followed.addresses ?? [], (error as Error).message);
    }
    if (followed.stopped) return;
    const clamped = Math.min(Math.max(waitMs, settings.minIntervalMs), settings.maxIntervalMs);
    followed.timer = setTimeout(() => void this.#ask(followed), clamped).unref();
  }

  #take(followed: Followed, addresses: readonly string[]): void {
    const isBack = followed.failures > 0;
    const isSame = followed.addresses?.join() === addresses.join();
    followed.failures = 0;
    if (followed.stopped || (isSame && !isBack)) return;
    if (!isSame) followed.addresses = addresses;
    this.#observe(followed.name, addresses);
    if (!isSame) this.#changed();
  }
}

const keyOf = ({ name, settings }: Pick<Followed, 'name' | 'settings'>): string =>
  `${name} ${settings.family} ${settings.minIntervalMs} ${settings.maxIntervalMs}`;

function stop(followed: Followed): void {
  followed.stopped = true;
  clearTimeout(followed.timer);
}

/** An address that several names have, or that stands there itself, counts once. */
function expanded(from: readonly Endpoint[], found: Expanded['addresses']): readonly Endpoint[] {
  const byPlace = new Map<string, Endpoint>();
  for (const [i, endpoint] of from.entries()) {
    for (const address of found[i] ?? [endpoint.address]) {
      const place = `${address} ${endpoint.port}`;
      if (!byPlace.has(place)) byPlace.set(place, { ...endpoint, address });
    }
  }
  return [...byPlace.values()];
}
