import { Worker } from 'node:worker_threads';
import { threadEntry } from '../../../embedded.ts';
import type { EpochMemories } from '../../../runtime/messages.ts';

/** Ends the calls into guests that compute longer than they may, on all threads of the process. On the control thread. */
export class Watchdog {
  readonly #memories: EpochMemories;
  readonly #failed: (error: Error) => void;
  #thread: Worker | undefined;
  #watching: Promise<void> | undefined;

  /** `failed` is told when the thread has ended by itself; `watch` starts another. */
  constructor(memories: EpochMemories, failed: (error: Error) => void) {
    this.#memories = memories;
    this.#failed = failed;
  }

  /** Starts the thread unless it runs; resolves when it looks. */
  watch(): Promise<void> {
    return (this.#watching ??= this.#start());
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#forget();
    await thread?.terminate();
  }

  async #start(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const entry = threadEntry(import.meta.url, './watchdog-thread');
    const thread = new Worker(entry, {
      eval: typeof entry === 'string',
      workerData: this.#memories,
      name: 'loom-watchdog',
      resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 },
    });
    this.#thread = thread;
    thread.once('message', () => {
      // Not before: a program that has nothing else to do yet would end while it waits for the thread.
      thread.unref();
      resolve();
    });
    thread.once('error', (error) => this.#ended(thread, error as Error, resolve));
    await promise;
  }

  #ended(thread: Worker, error: Error, resolve: () => void): void {
    if (this.#thread === thread) this.#forget();
    resolve();
    this.#failed(error);
  }

  #forget(): void {
    this.#thread = undefined;
    this.#watching = undefined;
  }
}
