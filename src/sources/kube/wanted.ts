/** Watches until one of the signals aborts; on `unwanted` it also forgets what it read. */
type Follow = (key: string, signal: AbortSignal, unwanted: AbortSignal) => Promise<void>;

interface Running {
  readonly stop: AbortController;
  readonly done: Promise<void>;
  isAnswered: boolean;
}

/**
 * Watches exactly what is wanted: Secrets and ConfigMaps, each by its name, and all that is in namespaces that come and go. A list of
 * all Secrets of a namespace would bring them into memory and need the right to read them; a Role can name some (`resourceNames`).
 */
export class WantedWatches {
  readonly #follow: Follow;
  readonly #running = new Map<string, Running>();
  #wanted: ReadonlySet<string> = new Set();
  #signal: AbortSignal | undefined;

  constructor(follow: Follow) {
    this.#follow = follow;
  }

  /** Keys of all that is wanted now, such as `namespace/name`. */
  want(keys: ReadonlySet<string>): void {
    this.#wanted = keys;
    this.#sync();
  }

  /** Whether the server has said of all of them what there is, or that it does not say. */
  get settled(): boolean {
    return this.#running.values().every(({ isAnswered }) => isAnswered);
  }

  /** The server has said so of that one. @returns whether it is the first time */
  answered(key: string): boolean {
    const running = this.#running.get(key);
    if (!running || running.isAnswered) return false;
    running.isAnswered = true;
    return true;
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
      if (this.#running.has(key)) continue;
      const stop = new AbortController();
      const done = this.#follow(key, signal, stop.signal);
      this.#running.set(key, { stop, done, isAnswered: false });
    }
  }
}
