import type { Logger } from '../../telemetry/log.ts';
import { RemoteKeys, type KeyFinder } from './key-set.ts';

/** A key that nobody knows makes one look at the set in this time: tokens with made-up ids come cheap. */
const usualCooldownMs = 10_000;

/** The remote key sets of one worker: a thousand rules with one URL read it once. */
export class KeySets {
  readonly #log: Logger;
  readonly #cooldownMs: number;
  readonly #foreignOnly: boolean;
  readonly #sets = new Map<string, { readonly keys: RemoteKeys; uses: number }>();

  /** `foreignOnly`: who wrote the URLs must not reach the machine itself. */
  constructor(log: Logger, cooldownMs = usualCooldownMs, foreignOnly = false) {
    this.#log = log;
    this.#cooldownMs = cooldownMs;
    this.#foreignOnly = foreignOnly;
  }

  /** Pair with `release`, with the same arguments. */
  use(url: string, refreshMs: number): KeyFinder {
    const id = `${refreshMs} ${url}`;
    let set = this.#sets.get(id);
    if (!set) {
      const failed = (error: Error): void =>
        this.#log.warn({ url, error: error.message }, 'keys of tokens could not be read');
      const options = { cooldownMs: this.#cooldownMs, foreignOnly: this.#foreignOnly, failed };
      const keys = new RemoteKeys(url, refreshMs, options);
      this.#sets.set(id, (set = { keys, uses: 0 }));
      set.keys.prefetch();
    }
    set.uses++;
    return set.keys.find;
  }

  release(url: string, refreshMs: number): void {
    const id = `${refreshMs} ${url}`;
    const set = this.#sets.get(id);
    if (set && --set.uses === 0) this.#sets.delete(id);
  }
}
