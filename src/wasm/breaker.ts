import type { RunPolicy } from '../model/plugin.ts';
import { forgivenAfterMs } from './backoff.ts';

const most = 10;

/**
 * Takes a plugin out that keeps failing: after ten failures of its instances with never more than 72 seconds between two,
 * which is longer than the longest wait for a new instance. It stays open; another version of the plugin has another one.
 * A plugin with the policy Reload is never given up.
 */
export class FailureBreaker {
  readonly #enabled: boolean;
  #failures = 0;
  #last = -Infinity;

  constructor(policy: RunPolicy) {
    this.#enabled = policy !== 'Reload';
  }

  get open(): boolean {
    return this.#enabled && this.#failures >= most;
  }

  /** An instance has failed at `now`, in milliseconds of any clock. */
  failed(now: number): void {
    if (this.open) return;
    if (now - this.#last > forgivenAfterMs) this.#failures = 0;
    this.#last = now;
    this.#failures++;
  }

  /** The plugin has shown that it works, where each exchange has an instance of its own. */
  worked(): void {
    if (!this.open) this.#failures = 0;
  }
}
