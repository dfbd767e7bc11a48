import { mock } from 'node:test';

/** The global timers that are started while it is there; it changes nothing of what they do. */
export class TimerCensus {
  readonly #spies = [mock.method(globalThis, 'setTimeout'), mock.method(globalThis, 'setInterval')];

  /** How many of so many milliseconds are still to fire. */
  running(ms: number): number {
    return this.#running(ms).length;
  }

  /** Does at once what those will do; the next time of an interval stays as it is. */
  fire(ms: number): void {
    for (const { arguments: told } of this.#running(ms)) (told[0] as () => void)();
  }

  close(): void {
    for (const { mock: spy } of this.#spies) spy.restore();
  }

  #running(ms: number) {
    const calls = this.#spies.flatMap(({ mock: spy }) => spy.calls);
    return calls.filter(({ arguments: told, result }) => told[1] === ms && !isOver(result));
  }
}

/** Node tells nobody who asks; its timers note it for themselves. */
const isOver = (timer: unknown): boolean => (timer as Record<string, unknown>)['_destroyed'] === true;
