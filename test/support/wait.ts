import { setTimeout } from 'node:timers/promises';

/** Waits until `look` gives something other than undefined or false; fails with its last error or `what` when it takes too long. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  seconds = 30,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline)
      throw new Error(`after ${seconds} s still not: ${what}`, { cause: last });
    await setTimeout(10);
  }
}
