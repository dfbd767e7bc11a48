/** Quiet time after which a burst counts as over, and the longest that a change may wait. */
const quietMs = 5;
const longestMs = 100;

/**
 * Runs a task after marks: at once when idle, batched under a burst, never later than 100 ms after the first mark of a
 * batch, never twice at a time. A mark during a run leads to another run.
 */
export class HoldOff {
  readonly #task: () => Promise<void>;
  #running = false;
  #lastRun = -Infinity;
  #firstMark = 0;
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #closed = false;

  /** `task` must not reject. */
  constructor(task: () => Promise<void>) {
    this.#task = task;
  }

  mark(): void {
    const now = performance.now();
    if (this.#firstMark === 0) this.#firstMark = now;
    if (this.#running || this.#closed) return;
    const idle = now - this.#lastRun > longestMs;
    if (idle) {
      // An immediate, not a call: events that arrive in one read belong to one batch.
      this.#timer ??= setImmediate(() => void this.#run());
      return;
    }
    const wait = Math.max(0, Math.min(quietMs, this.#firstMark + longestMs - now));
    if (this.#timer !== undefined) clearTimeout(this.#timer as NodeJS.Timeout);
    this.#timer = setTimeout(() => void this.#run(), wait);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer as NodeJS.Timeout);
    clearImmediate(this.#timer as NodeJS.Immediate);
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    this.#running = true;
    this.#firstMark = 0;
    await this.#task();
    this.#running = false;
    this.#lastRun = performance.now();
    if (this.#firstMark !== 0 && !this.#closed) {
      this.#timer = setTimeout(() => void this.#run(), quietMs);
    }
  }
}
