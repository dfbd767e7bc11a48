/** A waiter sleeps on the word; whoever unlocks must wake it. */
const contended = 1 << 30;
const spins = 200;
/**
 * Far beyond any section. The control thread gives up the locks of a dead thread within milliseconds. Twice: a thread may
 * have died between its unlocking and its waking of the next.
 */
const patienceMs = 500;

/** Who holds a lock: `worker + 1` of a data worker, this one for the control thread. 0 is nobody. */
export const controlThread = contended - 1;

/**
 * A mutex in one cell of shared memory. The cell names its holder, so that the lock of a thread which died with it can be
 * found and given up. For sections of a microsecond: a waiter spins and then sleeps, its event loop with it. `lock` throws
 * when the holder does not come back.
 */
export class SharedLock {
  readonly #cells: Int32Array;
  readonly #index: number;
  readonly #holder: number;

  /** `holder`: this thread; not used by another thread that lives. */
  constructor(cells: Int32Array, index: number, holder: number) {
    this.#cells = cells;
    this.#index = index;
    this.#holder = holder;
  }

  lock(): void {
    if (Atomics.compareExchange(this.#cells, this.#index, 0, this.#holder) !== 0) this.#wait();
  }

  unlock(): void {
    if (Atomics.exchange(this.#cells, this.#index, 0) & contended)
      Atomics.notify(this.#cells, this.#index, 1);
  }

  heldBy(holder: number): boolean {
    return (Atomics.load(this.#cells, this.#index) & ~contended) === holder;
  }

  #wait(): void {
    // A call of this thread that the end of the stack cut before it could unlock: nothing is re-entrant here.
    if (this.heldBy(this.#holder)) return;
    for (let i = 0; i < spins; i++) {
      if (Atomics.compareExchange(this.#cells, this.#index, 0, this.#holder) === 0) return;
    }
    // Taken with the flag: whether others sleep as well is not known.
    for (let timeouts = 0; timeouts < 2;) {
      const held = Atomics.compareExchange(this.#cells, this.#index, 0, this.#holder | contended);
      if (held === 0) return;
      const flagged = held | contended;
      if (held !== flagged && Atomics.compareExchange(this.#cells, this.#index, held, flagged) !== held)
        continue;
      const woken = Atomics.wait(this.#cells, this.#index, flagged, patienceMs);
      timeouts = woken === 'timed-out' ? timeouts + 1 : 0;
    }
    const holder = Atomics.load(this.#cells, this.#index) & ~contended;
    throw new Error(`shared memory is still locked by thread ${holder}`);
  }
}
