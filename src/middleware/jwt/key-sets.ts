import type { Logger } from '../../telemetry/log.ts';
import { RemoteKeys, type KeyFinder } from './key-set.ts';

/** The remote key sets of one worker: a thousand rules with one URL read it once. */
export class KeySets {
  readonly #log: Logger;
  readonly #sets = new Map<string, { readonly keys: RemoteKeys; uses: number }>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Pair with `release`, with the same arguments. */
  use(url: string, refreshMs: number): KeyFinder {
    const id = `${refreshMs} ${url}`;
    let set = this.#sets.get(id);
    if (!set) {
      const failed = (error: Error): void =>
        this.#log.warn({ url, error: reasonOf(error) }, 'keys of tokens could not be read');
      this.#sets.set(id, (set = { keys: new RemoteKeys(url, refreshMs, failed), uses: 0 }));
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

/** fetch says only "fetch failed"; its cause says why. */
const reasonOf = ({ message, cause }: Error): string =>
  cause instanceof Error ? `${message}: ${cause.message}` : message;
