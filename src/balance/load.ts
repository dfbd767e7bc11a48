import { type SharedState, upstreamCell } from './shared.ts';

/** What goes on at one upstream at the moment, in all workers: counts in shared cells, with their limits. */
export class Load {
  readonly #shared: SharedState;
  readonly #retries: number;

  constructor(slot: number, shared: SharedState) {
    this.#shared = shared;
    this.#retries = shared.upstream(slot, upstreamCell.retries);
  }

  /** Counts a retry in, or gives false where there are `limit` already; pair a true with exactly one `leaveRetry`. */
  enterRetry(limit: number): boolean {
    return this.#shared.countBelow(this.#retries, limit);
  }

  leaveRetry(): void {
    this.#shared.count(this.#retries, -1);
  }
}
