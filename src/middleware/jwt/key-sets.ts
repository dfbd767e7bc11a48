import type { Logger } from '../../telemetry/log.ts';
import { RemoteKeys, type KeyFinder, type RemoteKeysOptions } from './key-set.ts';

/** A key that nobody knows makes one look at the set in the cooldown: tokens with made-up ids come cheap. */
const usual: Omit<RemoteKeysOptions, 'failed'> = {
  cooldownMs: 10_000,
  timeoutMs: 5000,
  foreignOnly: false,
};

/** The remote key sets of one worker: a thousand rules with one URL read it once. */
export class KeySets {
  readonly #log: Logger;
  readonly #options: typeof usual;
  readonly #sets = new Map<string, { readonly keys: RemoteKeys; uses: number }>();

  constructor(log: Logger, options: Partial<typeof usual> = {}) {
    this.#log = log;
    this.#options = { ...usual, ...options };
  }

  /** Pair with `release`, with the same arguments. */
  use(url: string, refreshMs: number): KeyFinder {
    const id = `${refreshMs} ${url}`;
    let set = this.#sets.get(id);
    if (!set) {
      const failed = (error: Error): void =>
        this.#log.warn({ url, error: error.message }, 'keys of tokens could not be read');
      const keys = new RemoteKeys(url, refreshMs, { ...this.#options, failed });
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
