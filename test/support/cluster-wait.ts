import { setTimeout as pause } from 'node:timers/promises';

/**
 * Calls `probe` until it returns something else than undefined, and returns that. A probe that throws is asked again;
 * its last error is in the message of the failure after `seconds`: many, for nobody waits longer than it takes.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  seconds = 60,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  let last: unknown = 'the condition did not hold';
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(
        `no ${what} within ${seconds} s: ${last instanceof Error ? last.message : String(last)}`,
      );
    }
    await pause(50);
  }
}
