import { ApiError, isRefusal } from './api-error.ts';
import { backoffMs, type BackoffLimits } from './backoff.ts';
import type { Limit } from './rate-limit.ts';

export interface WriteQueueOptions {
  /** Of single writes. */
  readonly limit: Limit;
  /** Of rounds: each writes all that is due, and what comes meanwhile. Without it a key is written as soon as it comes. */
  readonly pace?: Limit;
  readonly backoff: BackoffLimits;
  /** Writes what the key stands for at this moment; throws when it should be tried again, also when no answer comes. */
  readonly write: (key: string, signal: AbortSignal) => Promise<void>;
  readonly failed: (key: string, error: unknown) => void;
}

/** Writes that wait for their answers together: a thread that is woken up for each of them finds its caches cold each time. */
const mostAtOnce = 10;

/**
 * Keys that wait to be written, each at most once however often it is asked for, and never twice at a time. A key whose write failed
 * waits longer each time; when the server asks for patience (429, 503 with Retry-After) all wait. While one of them is to be
 * tried again because the server did not answer, failed or asked for patience, they are written one by one: it may have too much to do.
 */
export class WriteQueue {
  readonly #options: WriteQueueOptions;
  /** Key → when it may be written. In the order in which keys came. */
  readonly #due = new Map<string, number>();
  readonly #attempts = new Map<string, number>();
  readonly #writing = new Set<string>();
  /** Keys that the server could not take the last time; one that it refuses says nothing of how it is doing. */
  readonly #strained = new Set<string>();
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
    this.#strained.clear();
  }

  /** Writes until `signal` aborts, and resolves when no write is under way any more; never throws. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = performance.now();
      const { key, at } = this.#next(now);
      const dueMs = Math.max(at, this.#pausedUntil) - now;
      if (key === undefined || dueMs > 0) {
        this.#isInRound = false;
        await this.#sleep(dueMs, signal, true);
      } else if (this.#writing.size >= (this.#strained.size > 0 ? 1 : mostAtOnce)) {
        await this.#sleep(Infinity, signal, true);
      } else {
        const waitMs = this.#begin(now) || this.#options.limit.take(now);
        if (waitMs > 0) await this.#sleep(waitMs, signal, false);
        else void this.#write(key, signal);
      }
    }
    while (this.#writing.size > 0) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** @returns 0 in a round, or milliseconds until the next may begin */
  #begin(now: number): number {
    const waitMs = this.#isInRound ? 0 : (this.#options.pace?.take(now) ?? 0);
    this.#isInRound = waitMs === 0;
    return waitMs;
  }

  /**
   * Of the keys that are due, and not being written, the one that came or failed first: one that is tried again must not wait for an
   * end of new ones. Else the key that is due first; at Infinity when there is none.
   */
  #next(now: number): { readonly key: string | undefined; readonly at: number } {
    let key: string | undefined;
    let at = Infinity;
    for (const [candidate, due] of this.#due) {
      if (this.#writing.has(candidate)) continue;
      if (due <= now) return { key: candidate, at: due };
      if (due < at) [key, at] = [candidate, due];
    }
    return { key, at };
  }

  async #write(key: string, signal: AbortSignal): Promise<void> {
    this.#due.delete(key);
    this.#writing.add(key);
    try {
      await this.#options.write(key, signal);
      this.#attempts.delete(key);
      this.#strained.delete(key);
    } catch (error) {
      if (signal.aborted) return;
      const attempt = (this.#attempts.get(key) ?? 0) + 1;
      const retryAfterMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
      const at = performance.now() + backoffMs(attempt, this.#options.backoff, retryAfterMs);
      if (retryAfterMs > 0) this.#pausedUntil = Math.max(this.#pausedUntil, at);
      this.#attempts.set(key, attempt);
      if (isRefusal(error)) this.#strained.delete(key);
      else this.#strained.add(key);
      this.#due.set(key, at);
      this.#options.failed(key, error);
    } finally {
      this.#writing.delete(key);
      this.#wake();
    }
  }

  /** Until the time is over or, where that makes a difference, a key comes or is written. */
  async #sleep(ms: number, signal: AbortSignal, isLight: boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = isLight ? resolve : () => undefined;
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
