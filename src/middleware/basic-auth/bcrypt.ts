import { Worker } from 'node:worker_threads';
import { threadEntry } from '../../embedded.ts';
import { LoomError } from '../../errors.ts';
import type { BcryptAnswer, BcryptQuestion } from './bcrypt-thread.ts';

/** What waits longer is not waited for by anybody: at the usual cost these are about twenty seconds. */
const mostWaiting = 256;

interface Waiting {
  resolve(isGood: boolean): void;
  reject(error: LoomError): void;
}

/** Compares passwords with bcrypt hashes in a thread of its own, which begins with the first of them. */
export class Bcrypt {
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | undefined;
  #last = 0;

  /** Rejects with LoomError(auth-unavailable) where too many wait, or the thread has ended. */
  compare(password: string, hash: string): Promise<boolean> {
    if (this.#waiting.size >= mostWaiting) {
      const error = new LoomError('auth-unavailable', 'too many passwords wait for their check');
      error.retryAfterMs = 1000;
      return Promise.reject(error);
    }
    const thread = (this.#thread ??= this.#start());
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      thread.postMessage({ id, password, hash } satisfies BcryptQuestion);
    });
  }

  #start(): Worker {
    const entry = threadEntry(import.meta.url, './bcrypt-thread');
    const thread = new Worker(entry, {
      eval: typeof entry === 'string',
      name: 'loom-bcrypt',
      resourceLimits: { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 32 },
    });
    thread.on('message', ({ id, isGood }: BcryptAnswer) => {
      this.#waiting.get(id)?.resolve(isGood);
      this.#waiting.delete(id);
    });
    // It is told of an exit behind an error too.
    thread.once('error', (error) => this.#ended(thread, error as Error));
    thread.once('exit', () => this.#ended(thread, undefined));
    // Nothing ends later for a password that nobody waits for any more. A listener that comes after this takes it back.
    thread.unref();
    return thread;
  }

  #ended(thread: Worker, error: Error | undefined): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const one of waiting)
      one.reject(new LoomError('auth-unavailable', 'the thread that checks passwords has ended', error));
  }
}
