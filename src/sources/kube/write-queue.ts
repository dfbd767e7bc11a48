import { ApiError } from './api-error.ts';
import { backoffMs, type BackoffLimits } from './backoff.ts';
import type { Limit } from './rate-limit.ts';

export interface WriteQueueOptions {
  /** Of single writes. */
  readonly limit: Limit;
  /** Of rounds: each writes all that is due, and what comes meanwhile. Without it a key is written as soon as it comes. */
  readonly pace?: Limit;
  readonly backoff: BackoffLimits;
  /** Writes what the key stands for at this moment; throws when it should be tried again. */
  readonly write: (key: string, signal: AbortSignal) => Promise<void>;
  readonly failed: (key: string, error: unknown) => void;
}

/** Longest wait for one write: the others wait behind it. */
const writeTimeoutMs = 10_000;

/**
 * Keys that wait to be written, each at most once however often it is asked for, one write at a time. A key whose write failed
 * waits longer each time; when the server asks for patience (429, 503 with Retry-After) all wait.
 */
export class WriteQueue {
  readonly #options: WriteQueueOptions;
  /** Key → when it may be written. In the order in which keys came. */
  readonly #due = new Map<string, number>();
  readonly #attempts = new Map<string, number>();
  #pausedUntil = 0;
  #isInRound = false;
  #wake: () => void = () => undefined;

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  /** A key that waits after a failure goes on waiting. */
  add(key: string): void {
    if (this.#due.has(key)) return;
    this.#due.set(key, 0);
    this.#wake();
  }

  clear(): void {
    this.#due.clear();
    this.#attempts.clear();
  }

  /** Writes until `signal` aborts; never throws. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = performance.now();
      const { key, at } = this.#next(now);
      const dueMs = Math.max(at, this.#pausedUntil) - now;
      if (key === undefined || dueMs > 0) {
        this.#isInRound = false;
        await this.#sleep(dueMs, signal, true);
        continue;
      }
      const waitMs = this.#begin(now) || this.#options.limit.take(now);
      if (waitMs > 0) await this.#sleep(waitMs, signal, false);
      else await this.#write(key, signal);
    }
  }

  /** @returns 0 in a round, or milliseconds until the next may begin */
  #begin(now: number): number {
    const waitMs = this.#isInRound ? 0 : (this.#options.pace?.take(now) ?? 0);
    this.#isInRound = waitMs === 0;
    return waitMs;
  }

  /**
   * Of the keys that are due the one that came or failed first: one that is tried again must not wait for an end of new ones.
   * Else the key that is due first; at Infinity when there is none.
   */
  #next(now: number): { readonly key: string | undefined; readonly at: number } {
    let key: string | undefined;
    let at = Infinity;
    for (const [candidate, due] of this.#due) {
      if (due <= now) return { key: candidate, at: due };
      if (due < at) [key, at] = [candidate, due];
    }
    return { key, at };
  }

  async #write(key: string, signal: AbortSignal): Promise<void> {
    this.#due.delete(key);
    // Not `AbortSignal.timeout`, whose timers all go off, each with an error, long after the writes are over.
    const cut = new AbortController();
    const end = (): void => cut.abort();
    const timer = setTimeout(end, writeTimeoutMs);
    signal.addEventListener('abort', end, { once: true });
    try {
      await this.#options.write(key, cut.signal);
      this.#attempts.delete(key);
    } catch (error) {
      if (signal.aborted) return;
      const attempt = (this.#attempts.get(key) ?? 0) + 1;
      const retryAfterMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
      const at = performance.now() + backoffMs(attempt, this.#options.backoff, retryAfterMs);
      if (retryAfterMs > 0) this.#pausedUntil = at;
      this.#attempts.set(key, attempt);
      this.#due.set(key, at);
      this.#options.failed(key, error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  }

  /** Until the time is over or, where that makes a difference, a key comes. */
  async #sleep(ms: number, signal: AbortSignal, forKeys: boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = forKeys ? resolve : () => undefined;
    // Infinity would be no timer at all, and a timer keeps at most 2^31 ms.
    const timer = setTimeout(resolve, Math.min(Math.max(1, ms), 60_000));
    const end = (): void => resolve();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) resolve();
    await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
