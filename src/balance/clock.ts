/** What lies between the clock of this thread and that of the machine, in milliseconds: `performance.now()` begins anew in each. */
const origin = ((): number => {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6 - performance.now();
})();

/** Monotonic milliseconds, the same on all threads. Allocates nothing. */
export const machineMs = (): number => origin + performance.now();

/** Of cells that hold a moment: 64 ms, so that 32 bits last for eight years. */
const tickMs = 64;

/** A moment as a cell holds it. */
export const toTick = (ms: number): number => Math.floor(ms / tickMs) | 0;

/** Milliseconds from the moment in a cell until `ms`. */
export const sinceTick = (tick: number, ms: number): number => ((toTick(ms) - tick) >>> 0) * tickMs;
