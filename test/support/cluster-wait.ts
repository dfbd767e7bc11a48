import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Calls `probe` until it returns something else than undefined, and returns that. A probe that throws is asked again;
 * its last error is in the message of the failure after `seconds`.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  seconds = 20,
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

/** A TCP port of 127.0.0.1 that was free a moment ago, for programs that cannot be asked which one they took. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address && typeof address === 'object' ? address.port : 0));
    });
  });
}
