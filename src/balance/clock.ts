/**
 * What lies between the clock of this thread and that of the machine, in milliseconds: `performance.now()` begins anew in each.
 * The reading that took the least time of several: a thread that is set aside between the two clocks would be late by so much.
 */
const origin = ((): number => {
  let [least, best] = [Infinity, 0];
  for (let i = 0; i < 8; i++) {
    const before = performance.now();
    const [seconds, nanoseconds] = process.hrtime();
    const after = performance.now();
    if (after - before >= least) continue;
    least = after - before;
    best = seconds * 1000 + nanoseconds / 1e6 - (before + after) / 2;
  }
  return best;
})();

/** Monotonic milliseconds, the same on all threads. Allocates nothing. */
export const machineMs = (): number => origin + performance.now();

/** Of cells that hold a moment: 64 ms, so that 32 bits last for eight years. */
const tickMs = 64;

/** A moment as a cell holds it. */
export const toTick = (ms: number): number => Math.floor(ms / tickMs) | 0;

/** Milliseconds from the moment in a cell until `ms`. */
export const sinceTick = (tick: number, ms: number): number => ((toTick(ms) - tick) >>> 0) * tickMs;
