import { setImmediate } from 'node:timers/promises';

/** Longest stretch of work between two looks at the requests that wait. */
const sliceMs = 1.5;

/** Cuts long work into slices: between two small steps, `if (slices.due) await slices.rest()` gives the event loop its turn. */
export class Slices {
  #until = performance.now() + sliceMs;

  /** True when it is time to `await rest()`; apart from it because most calls find that it is not, and an await costs more than the step. */
  get due(): boolean {
    return performance.now() >= this.#until;
  }

  async rest(): Promise<void> {
    await setImmediate();
    this.#until = performance.now() + sliceMs;
  }
}
