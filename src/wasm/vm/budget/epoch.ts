import type { EpochMemories } from '../../../runtime/messages.ts';
import type { Deadline } from '../engine.ts';

/**
 * Layout of the epoch memory of one thread, in cells of an Int32Array. Every rewritten module looks at the first word: 0
 * while no call is limited, the number of the call while one is, and with the sign bit when it is to end. `computed` is what
 * the watchdog has seen the thread compute in calls, in microseconds, modulo 2^32: looked at every few milliseconds, so a sum
 * over many calls is right and that of one short call is not.
 */
export const epochCell = { word: 0, limitMs: 1, thread: 2, computed: 3 } as const;

export const struck = 0x8000_0000 | 0;

/** `asleep`: 1 while the watchdog sleeps until somebody calls a guest. */
const bellCell = { asleep: 0 } as const;

/** What the watchdog shares with all threads that run guests; made on the control thread. */
export function makeEpochs(threads: number): EpochMemories {
  const epochs = Array.from(
    { length: threads },
    () => new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }),
  );
  return { epochs, bell: new SharedArrayBuffer(4) };
}

/** The bell on the side of the watchdog. */
export class Bell {
  readonly #cells: Int32Array;

  constructor(bell: SharedArrayBuffer) {
    this.#cells = new Int32Array(bell);
  }

  /**
   * From now on the next call of a guest rings. One that has just begun may have missed it, and its word, which is stored
   * plainly, may still be on its way: returns after `ms`, or when it rings. Look at all words once more before `sleep`.
   */
  hang(ms: number): void {
    Atomics.store(this.#cells, bellCell.asleep, 1);
    Atomics.wait(this.#cells, bellCell.asleep, 1, ms);
  }

  sleep(): void {
    Atomics.wait(this.#cells, bellCell.asleep, 1);
  }

  rest(ms: number): void {
    Atomics.wait(this.#cells, bellCell.asleep, 0, ms);
  }
}

/** The deadline of the calls that one thread makes into its guests. */
export class Epoch implements Deadline {
  readonly memory: WebAssembly.Memory;
  readonly #cells: Int32Array;
  readonly #bell: Int32Array;
  #last = 0;
  #limitMs = 0;
  #inside = false;
  #began = 0;
  #took = 0;

  /** `thread` is the number that Linux gives the calling thread, 0 where there is none: see `threadNumber`. */
  constructor({ epochs, bell }: EpochMemories, index: number, thread: number) {
    this.memory = epochs[index] as WebAssembly.Memory;
    this.#cells = new Int32Array(this.memory.buffer);
    this.#bell = new Int32Array(bell);
    // The thread that had this memory before may have ended within a call.
    Atomics.store(this.#cells, epochCell.word, 0);
    Atomics.store(this.#cells, epochCell.thread, thread);
  }

  /** Begins a call that may compute for `limitMs`, 0 for ever. False within another call: its limit holds. */
  enter(limitMs: number): boolean {
    if (this.#inside) return false;
    this.#inside = true;
    this.#began = this.#cells[epochCell.computed] as number;
    if (limitMs === 0) return true;
    if (limitMs !== this.#limitMs) Atomics.store(this.#cells, epochCell.limitMs, (this.#limitMs = limitMs));
    // A number of its own for each call, so that the watchdog cannot strike the one after.
    this.#last = (this.#last % 0x7fff_ffff) + 1;
    // Plainly, for a tenth of what a small call costs: see `Bell.hang`.
    this.#cells[epochCell.word] = this.#last;
    if (this.#bell[bellCell.asleep] === 1) this.#ring();
    return true;
  }

  /** Ends the call; whether its limit had passed. */
  leave(): boolean {
    this.#inside = false;
    // Read plainly: half a millisecond sooner or later does not matter, and an atomic load costs more than this.
    this.#took = (((this.#cells[epochCell.computed] as number) - this.#began) | 0) / 1000;
    // A strike between these two lines is lost, and with right: the call has come to its end.
    const late = (this.#cells[epochCell.word] as number) < 0;
    this.#cells[epochCell.word] = 0;
    return late;
  }

  get tookMs(): number {
    return this.#took;
  }

  #ring(): void {
    if (Atomics.exchange(this.#bell, bellCell.asleep, 0) === 1) Atomics.notify(this.#bell, bellCell.asleep);
  }
}
