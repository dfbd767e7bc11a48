import type { Cluster } from '../balance/cluster.ts';
import type { Pools } from './pools.ts';

/** How often it looks whether connections are missing: idle ones become old, and endpoints come back. */
const lookMs = 1000;

/** Keeps connections ready for upstreams that ask for that, so that requests do not wait for them. Rests while none does. */
export class Warmer {
  readonly #pools: Pools;
  #timer: NodeJS.Timeout | undefined;
  #wanting: readonly Cluster[] = [];

  constructor(pools: Pools) {
    this.#pools = pools;
  }

  /** All upstreams that want that, after a change of them or of their endpoints. */
  tend(wanting: Iterable<Cluster>): void {
    this.#wanting = [...wanting];
    if (this.#wanting.length === 0) return this.close();
    this.#timer ??= setInterval(() => this.#look(), lookMs).unref();
    this.#look();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    for (const { upstream, endpoints } of this.#wanting) {
      const wanted = upstream.pool?.prewarm ?? 0;
      endpoints.catchUp();
      for (const endpoint of endpoints.current) {
        if (!endpoint.healthy) continue;
        try {
          this.#pools.get(endpoint, upstream).warm(wanted);
        } catch {
          // Requests will be told what is wrong with the settings.
        }
      }
    }
  }
}
