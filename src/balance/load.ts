import type { UpstreamLimits } from '../model/upstream.ts';
import { type SharedState, upstreamCell } from './shared.ts';

/** What goes on at one upstream at the moment, in all workers: counts in shared cells, with their limits. */
export class Load {
  readonly #shared: SharedState;
  readonly #retries: number;
  readonly #requests: number;
  /** Requests are to be counted in and out. */
  readonly isLimited: boolean;
  readonly #maxRequests: number;

  constructor(slot: number, shared: SharedState, { requests }: UpstreamLimits = {}) {
    this.#shared = shared;
    this.isLimited = requests !== undefined;
    this.#maxRequests = requests ?? Infinity;
    this.#requests = shared.upstream(slot, upstreamCell.requests);
    this.#retries = shared.upstream(slot, upstreamCell.retries);
  }

  /** Counts a request in, or gives false where there are as many as may be; pair a true with exactly one `leave`. */
  enter(): boolean {
    return this.#shared.countBelow(this.#requests, this.#maxRequests);
  }

  readonly leave = (): void => this.#shared.count(this.#requests, -1);

  /** Counts a retry in, or gives false where there are `limit` already; pair a true with exactly one `leaveRetry`. */
  enterRetry(limit: number): boolean {
    return this.#shared.countBelow(this.#retries, limit);
  }

  leaveRetry(): void {
    this.#shared.count(this.#retries, -1);
  }
}
