import type { Scope } from './watching.ts';

/** Watches until one of the signals aborts; on `unwanted` it also forgets what it read. */
type Follow = (scope: Scope, signal: AbortSignal, unwanted: AbortSignal) => Promise<void>;

/**
 * Watches exactly the Secrets, or ConfigMaps, that are wanted, each by its name: a list of a namespace would bring all of them into
 * memory and need the right to read them. A Role can name them (`resourceNames`).
 */
export class WantedObjects {
  readonly #follow: Follow;
  readonly #running = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>();
  #wanted: ReadonlySet<string> = new Set();
  #signal: AbortSignal | undefined;

  constructor(follow: Follow) {
    this.#follow = follow;
  }

  /** Names as `namespace/name`. */
  want(names: ReadonlySet<string>): void {
    this.#wanted = names;
    this.#sync();
  }

  /** Until `signal` aborts and all watches have ended. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    this.#sync();
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  #sync(): void {
    const signal = this.#signal;
    if (!signal || signal.aborted) return;
    for (const [key, { stop }] of this.#running) {
      if (this.#wanted.has(key)) continue;
      this.#running.delete(key);
      stop.abort();
    }
    for (const key of this.#wanted) {
      const [namespace, name] = key.split('/');
      if (!namespace || !name || this.#running.has(key)) continue;
      const stop = new AbortController();
      const done = this.#follow({ namespace, name }, signal, stop.signal);
      this.#running.set(key, { stop, done });
    }
  }
}
