import type { Exchange } from '../../http/exchange.ts';
import type { LiveEndpoint } from '../endpoints.ts';
import { maglevTable, tableSize } from '../hash/maglev.ts';
import { mix } from '../hash/murmur.ts';
import { RequestKey } from '../hash/request-key.ts';
import { leastConn } from './least-conn.ts';
import type { Picker, PickSource, Policy, Skip } from './policy.ts';
import { random } from './random.ts';
import { roundRobin } from './round-robin.ts';

/** Places that are looked at before the endpoints themselves are: with half of them unhealthy one key in 2^32 gets that far. */
const maxSteps = 32;

const fallbacks = { RoundRobin: roundRobin, LeastConn: leastConn, Random: random } as const;

/**
 * The endpoint that the key of the request has in a table by Maglev. An unhealthy one stays in the table: its keys go each to another
 * place that follows from the key, so no key of a healthy endpoint moves, and all come back when it does.
 */
export const consistentHash: Policy = {
  name: 'consistent_hash',
  ofAll: true,
  build(all, { consistentHash: settings }) {
    const endpoints = all.filter(({ weight }) => weight > 0);
    if (!settings || endpoints.length === 0) return { pick: () => undefined };
    const table = new Table(endpoints);
    const key = new RequestKey(settings.key);
    const fallback = new Fallback(endpoints, fallbacks[settings.fallback].build(endpoints, {}));
    return {
      pick(source, skip, exchange?: Exchange) {
        const hash = exchange ? key.hash(exchange) : 0;
        return exchange && key.present ? table.pick(hash, source, skip) : fallback.pick(source, skip);
      },
    };
  },
};

class Table {
  readonly #endpoints: readonly LiveEndpoint[];
  readonly #places: Uint16Array;

  constructor(endpoints: readonly LiveEndpoint[]) {
    this.#endpoints = endpoints;
    this.#places = maglevTable(endpoints.map(({ authority, weight }) => ({ name: authority, weight })));
  }

  pick(hash: number, source: PickSource, skip: Skip | undefined): LiveEndpoint | undefined {
    const second = mix(hash ^ 0x5bd1e995) >>> 0;
    const step = (second % (tableSize - 1)) + 1;
    let place = (hash >>> 0) % tableSize;
    for (let i = 0; i < maxSteps; i++) {
      const endpoint = this.#endpoints[this.#places[place] as number] as LiveEndpoint;
      if (takes(endpoint, source, skip)) return endpoint;
      place = (place + step) % tableSize;
    }
    return next(this.#endpoints, second, source, skip);
  }
}

/** The picker of another policy over all endpoints, with the unhealthy ones stepped over. */
class Fallback {
  readonly #endpoints: readonly LiveEndpoint[];
  readonly #picker: Picker;

  constructor(endpoints: readonly LiveEndpoint[], picker: Picker) {
    this.#endpoints = endpoints;
    this.#picker = picker;
  }

  pick(source: PickSource, skip: Skip | undefined): LiveEndpoint | undefined {
    const picked = this.#picker.pick(source, skip);
    if (!picked || takes(picked, source, skip)) return picked;
    return next(this.#endpoints, Math.floor(source.random() * 2 ** 31), source, skip);
  }
}

const takes = (endpoint: LiveEndpoint, source: PickSource, skip: Skip | undefined): boolean =>
  (source.panic || endpoint.healthy) && !skip?.has(endpoint);

/** The first that takes requests from that place on. */
function next(
  endpoints: readonly LiveEndpoint[],
  from: number,
  source: PickSource,
  skip: Skip | undefined,
): LiveEndpoint | undefined {
  for (let i = 0; i < endpoints.length; i++) {
    const endpoint = endpoints[(from + i) % endpoints.length] as LiveEndpoint;
    if (takes(endpoint, source, skip)) return endpoint;
  }
  return undefined;
}
