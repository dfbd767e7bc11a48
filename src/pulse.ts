const standardMs = 50;

/** `now`: `performance.now()`; `lateMs`: how much later than it was due the beat comes. @returns whether there is more to look at */
export type Look = (now: number, lateMs: number) => boolean;

/**
 * One timer for all of a thread that looks at the clock again and again: deadlines of requests and connections, overload. It
 * rests from the beat on at which nobody has anything to look at until somebody wakes it: of a gateway without traffic, timers
 * that find nothing took 1 % of a core, for a thread that wakes up finds its caches cold.
 */
export class Pulse {
  readonly #beatMs: number;
  readonly #looks = new Set<Look>();
  readonly #deadlines = new Set<Look>();
  #timer: NodeJS.Timeout | undefined;
  /** Since the last beat. */
  #isWoken = false;
  /** `performance.now()` at which the next beat is due. */
  due = Infinity;

  /** `beatMs`: between two beats. What is looked at with each is late by at most that. */
  constructor(beatMs = standardMs) {
    this.#beatMs = beatMs;
  }

  join(look: Look): void {
    this.#looks.add(look);
  }

  /**
   * For those who end what takes too long: they look behind what has come by then. A thread that stood still while it worked, as those
   * of machines that serve others do, finds a request and the end of the time for it at once, and its timers run before its sockets.
   */
  joinDeadlines(look: Look): void {
    this.#deadlines.add(look);
  }

  leave(look: Look): void {
    this.#looks.delete(look);
    this.#deadlines.delete(look);
  }

  /** There is something to look at. Costs next to nothing while it beats. */
  wake(): void {
    this.#isWoken = true;
    if (this.#timer !== undefined) return;
    this.due = performance.now() + this.#beatMs;
    this.#timer = setInterval(() => this.#beat(), this.#beatMs).unref();
  }

  #beat(): void {
    const now = performance.now();
    const late = Math.max(0, now - this.due);
    this.due = now + this.#beatMs;
    let goesOn = false;
    this.#isWoken = false;
    for (const look of this.#looks) if (look(now, late)) goesOn = true;
    // Immediates run when the sockets that have something were read.
    setImmediate(() => this.#lookAtDeadlines(late, goesOn));
  }

  #lookAtDeadlines(late: number, others: boolean): void {
    const now = performance.now();
    let goesOn = others;
    for (const look of this.#deadlines) if (look(now, late)) goesOn = true;
    // Who woke it behind the look of his own has not been looked at.
    if (goesOn || this.#isWoken) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.due = Infinity;
  }
}

/** That of this thread. */
export const pulse = new Pulse();
