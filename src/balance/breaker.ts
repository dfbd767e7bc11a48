import type { CircuitBreaker } from '../model/upstream.ts';
import { breakerState, type SharedState, upstreamCell } from './shared.ts';
import { TaggedCounter } from './tagged-counter.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** What `enter` gives when the request must not be sent. */
export const refused = -1;

const stateBits = 2;
const stateMask = 3;
/** Keeps the cell positive, so that no permit is `refused`. */
const numberMask = (1 << 29) - 1;
/** Half the range of the clock: longer waits could not be told from none. 24 days. */
const maxTimeoutMs = 2 ** 31 - 1;

/**
 * The circuit breaker of an upstream (M. Nygard, Release It!), one for the process: all its state lies in shared cells.
 * Closed: failures in a row are counted, `failureThreshold` of them open it. Open: refuses, until `timeoutMs` have gone by.
 * Half-open: lets up to `successThreshold` requests at once through as trials; that many successes close it, one failure
 * opens it again. Each transition is one compareExchange of the state with its number, so exactly one worker makes it, and
 * the counters carry that number, so they start at zero without anyone clearing them.
 */
export class Breaker {
  readonly #failureThreshold: number;
  readonly #successThreshold: number;
  readonly #timeoutMs: number;
  readonly #cells: Int32Array;
  readonly #stateCell: number;
  readonly #failuresCell: number;
  readonly #openedAtCell: number;
  readonly #failures: TaggedCounter;
  readonly #successes: TaggedCounter;
  readonly #trials: TaggedCounter;
  readonly #now: () => number;
  /** That say that the upstream, and not the request, is at fault. */
  readonly #statuses: readonly number[];

  /** @param now milliseconds as a 32-bit integer, the same on every thread */
  constructor(settings: CircuitBreaker, slot: number, shared: SharedState, now: () => number = monotonicMs) {
    this.#failureThreshold = settings.failureThreshold;
    this.#successThreshold = settings.successThreshold;
    this.#timeoutMs = Math.min(Math.max(settings.timeoutMs, 1), maxTimeoutMs);
    this.#statuses = settings.statuses ?? [502, 503, 504];
    const { cells } = shared;
    this.#cells = cells;
    this.#stateCell = shared.upstream(slot, upstreamCell.breaker);
    this.#failuresCell = shared.upstream(slot, upstreamCell.failures);
    this.#openedAtCell = shared.upstream(slot, upstreamCell.openedAt);
    this.#failures = new TaggedCounter(cells, this.#failuresCell);
    this.#successes = new TaggedCounter(cells, shared.upstream(slot, upstreamCell.successes));
    this.#trials = new TaggedCounter(cells, shared.upstream(slot, upstreamCell.trials));
    this.#now = now;
  }

  /** Whether a request may be sent; if so, exactly one of `success`, `failure` and `abandon` must follow. */
  allow(): boolean {
    return this.enter() !== refused;
  }

  /**
   * Like `allow`, but gives a permit, or `refused`. A verdict that names its permit is dropped when the breaker has changed
   * its state since: a request from before the outage then says nothing about the trials after it.
   */
  enter(): number {
    const state = Atomics.load(this.#cells, this.#stateCell);
    return (state & stateMask) === breakerState.closed ? state : this.#enterSlowly(state);
  }

  /** `success` or `failure`, by the status of a response. */
  answered(status: number, permit?: number): void {
    if (status >= 400 && this.#statuses.includes(status)) this.failure(permit);
    else this.success(permit);
  }

  success(permit: number = this.#load()): void {
    if ((permit & stateMask) === breakerState.closed) {
      if (Atomics.load(this.#cells, this.#failuresCell) !== 0 && this.#load() === permit)
        this.#failures.clear(permit);
      return;
    }
    if ((permit & stateMask) !== breakerState.halfOpen || this.#load() !== permit) return;
    this.#trials.decrement(permit);
    if (this.#successes.increment(permit) >= this.#successThreshold)
      this.#change(permit, breakerState.closed);
  }

  failure(permit: number = this.#load()): void {
    const state = permit & stateMask;
    if (state === breakerState.open || this.#load() !== permit) return;
    if (state === breakerState.closed && this.#failures.increment(permit) < this.#failureThreshold) return;
    this.#open(permit);
  }

  /** The request ended without saying anything about the upstream, for example because its client left. */
  abandon(permit: number = this.#load()): void {
    if ((permit & stateMask) === breakerState.halfOpen && this.#load() === permit)
      this.#trials.decrement(permit);
  }

  get state(): BreakerState {
    const state = this.#load() & stateMask;
    return state === breakerState.closed ? 'closed' : state === breakerState.open ? 'open' : 'half-open';
  }

  /** Until trials begin; 0 unless open. */
  get retryAfterMs(): number {
    if ((this.#load() & stateMask) !== breakerState.open) return 0;
    return Math.max(0, this.#timeoutMs - this.#elapsedMs());
  }

  #enterSlowly(first: number): number {
    let state = first;
    if ((state & stateMask) === breakerState.open) {
      if (this.#elapsedMs() < this.#timeoutMs) return refused;
      // Before the state: in half-open this is the time of the last trial, and an old one would mean that trials are lost.
      Atomics.store(this.#cells, this.#openedAtCell, this.#now());
      this.#change(state, breakerState.halfOpen);
      state = this.#load();
    }
    switch (state & stateMask) {
      case breakerState.closed:
        return state;
      case breakerState.halfOpen:
        return this.#enterTrial(state);
      default:
        return refused;
    }
  }

  /**
   * Trials that have given no verdict for as long as the breaker stays open are given up, so that those of a worker that
   * died cannot keep it half-open for ever. A late verdict still counts.
   */
  #enterTrial(state: number): number {
    const last = Atomics.load(this.#cells, this.#openedAtCell);
    if (this.#trials.incrementBelow(state, this.#successThreshold)) {
      Atomics.store(this.#cells, this.#openedAtCell, this.#now());
      return state;
    }
    const now = this.#now();
    if ((now - last) >>> 0 < this.#timeoutMs) return refused;
    if (Atomics.compareExchange(this.#cells, this.#openedAtCell, last, now) !== last) return refused;
    this.#trials.restart(state);
    return state;
  }

  #open(from: number): void {
    // Before the state: whoever sees it open must not find the time of an earlier opening.
    Atomics.store(this.#cells, this.#openedAtCell, this.#now());
    this.#change(from, breakerState.open);
  }

  #change(from: number, to: number): void {
    const number = ((from >>> stateBits) + 1) & numberMask;
    Atomics.compareExchange(this.#cells, this.#stateCell, from, (number << stateBits) | to);
  }

  #load(): number {
    return Atomics.load(this.#cells, this.#stateCell);
  }

  /** Also right when the clock has wrapped, once. */
  #elapsedMs(): number {
    return (this.#now() - Atomics.load(this.#cells, this.#openedAtCell)) >>> 0;
  }
}

function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return (seconds * 1000 + Math.floor(nanoseconds / 1e6)) | 0;
}
