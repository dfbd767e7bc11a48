import type { Logger } from '../telemetry/log.ts';

/** It is over when nothing was turned away for so long. */
const overMs = 10_000;

/** Says once, of any number of connections that are turned away, that file descriptors run out. */
export class DescriptorLog {
  readonly #log: Logger;
  #lastAt = -Infinity;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param now `performance.now()` */
  turnedAway(limit: number, now: number): void {
    const isNews = now - this.#lastAt > overMs;
    this.#lastAt = now;
    if (isNews) this.#log.warn({ limit }, 'file descriptors run out; connections are turned away');
  }
}
