import { setTimeout as pause } from 'node:timers/promises';
import type { CompiledModule } from '../compile-once.ts';
import { SupplyError } from '../supply-error.ts';
import type { ModuleOrigin } from '../../runtime/messages.ts';

/** A module that is ready to be served. The same object while it is the same module from the same place. */
export interface Supplied extends CompiledModule {
  readonly origin: ModuleOrigin;
}

/** Milliseconds. */
export interface FetchTiming {
  /** Bounds of the pauses between tries. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Pause between two looks at what a name means, for pull policy Always. */
  readonly refreshMs: number;
  /** Longest time of one try, however steadily the bytes drip. */
  readonly tryMs: number;
}

export interface JobParts {
  readonly isRefreshed: boolean;
  readonly timing: FetchTiming;
  /** What is on the disk; rejects where that is not enough. */
  readonly fromCache: () => Promise<Supplied>;
  readonly fromNetwork: (signal: AbortSignal) => Promise<Supplied>;
  /** After each try that failed, with the pause until the next one; `serving`: a module is there nevertheless. */
  readonly failed: (error: SupplyError, pauseMs: number, serving: boolean) => void;
  /** `supplied` or `problem` is another one now. */
  readonly changed: () => void;
}

/** What only another Secret can change, and that is another job. */
const final: ReadonlySet<string> = new Set(['SecretNotFound', 'InvalidSecret']);

/** The module of one source: from the disk at once where it is there, from the network until it is there, and again. */
export class FetchJob {
  readonly #parts: JobParts;
  readonly #stop = new AbortController();
  #poke = new AbortController();
  supplied: Supplied | undefined;
  problem: SupplyError | undefined;
  /** Resolves when the disk has been looked at. */
  readonly looked: Promise<void>;

  constructor(parts: JobParts) {
    this.#parts = parts;
    this.looked = this.#look();
    void this.looked.then(() => this.#run());
  }

  /** Looks again now, where that may bring something else. */
  poke(): void {
    if (this.#parts.isRefreshed) this.#poke.abort();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #look(): Promise<void> {
    try {
      this.supplied = await this.#parts.fromCache();
    } catch {
      // Whatever is wrong with the disk or its content: the network has the last word.
      this.problem = new SupplyError('Fetching', 'the module is being fetched');
    }
  }

  async #run(): Promise<void> {
    const { timing } = this.#parts;
    let pauseMs = timing.firstPauseMs;
    while (this.#isWanting()) {
      const error = await this.#try();
      if (this.#stop.signal.aborted) return;
      if (!error) {
        pauseMs = timing.firstPauseMs;
        if (this.#isWanting()) await this.#wait(jittered(timing.refreshMs));
        continue;
      }
      // A server may redirect elsewhere one day; nothing else that is not allowed will be.
      if (error.reason === 'NotAllowed') pauseMs = timing.longestPauseMs;
      const wait = Math.max(jittered(pauseMs), Math.min(error.retryAfterMs ?? 0, timing.longestPauseMs));
      this.#fail(error, wait);
      if (final.has(error.reason)) return;
      await this.#wait(wait);
      pauseMs = Math.min(pauseMs * 2, timing.longestPauseMs);
    }
  }

  #isWanting(): boolean {
    return !this.#stop.signal.aborted && (this.#parts.isRefreshed || !this.supplied);
  }

  async #try(): Promise<SupplyError | undefined> {
    const { timing, fromNetwork, changed } = this.#parts;
    const tooLong = AbortSignal.timeout(timing.tryMs);
    try {
      const supplied = await fromNetwork(AbortSignal.any([this.#stop.signal, tooLong]));
      if (this.#stop.signal.aborted) return undefined;
      const { supplied: before, problem } = this;
      this.problem = undefined;
      if (!before || !isSame(before, supplied)) this.supplied = supplied;
      if (before !== this.supplied || problem) changed();
      return undefined;
    } catch (error) {
      if (error instanceof SupplyError) return error;
      if (tooLong.aborted)
        return new SupplyError('FetchFailed', `the module did not arrive within ${timing.tryMs / 1000} s`);
      return new SupplyError('FetchFailed', (error as Error).message, undefined, error);
    }
  }

  #fail(error: SupplyError, pauseMs: number): void {
    const { failed, changed } = this.#parts;
    failed(error, Math.round(pauseMs), this.supplied !== undefined);
    // A module that is there is served, whatever became of looking for a newer one.
    if (this.supplied) return;
    const isNews = this.problem?.reason !== error.reason || this.problem.message !== error.message;
    if (isNews) this.problem = error;
    if (isNews) changed();
  }

  async #wait(ms: number): Promise<void> {
    this.#poke = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, this.#poke.signal]);
    await pause(ms, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** Between half of it and all of it, so that those that failed together do not come back together. */
const jittered = (ms: number): number => ms * (0.5 + Math.random() / 2);

const isSame = (a: Supplied, b: Supplied): boolean =>
  a.digest === b.digest && JSON.stringify(a.origin) === JSON.stringify(b.origin);
