import type { Priority } from '../../model/model.ts';
import type { OverloadSettings } from '../../model/settings.ts';

/** What was measured since the last look. */
export interface LoadSample {
  /** Least delay of the event loop: how long at least whatever came had to wait. */
  readonly delayMs: number;
  /** Share of the time in which the event loop was busy, 0 to 1. */
  readonly utilization: number;
  /** CPU time of the thread, as a share of the time. */
  readonly cpu: number;
  /** Share of the memory that is in use, 0 to 1. */
  readonly memory: number;
}

/** Looks in a row at which the event loop must have been late: one long callback, or a collection of garbage, is no overload. */
const lateLooks = 3;
/** Who has less of a CPU is late because others have it, and not for what it does. */
const standardLeastCpu = 0.1;
/** Some must get through, or nobody would learn that things are better. */
const least = 0.02;
/** How busy the event loop is to be while requests are shed. */
const busy = 0.95;
/** Part of the memory above the limit over which the share that is let in goes to zero. */
const memoryRamp = 0.6;
const memoryHysteresis = 0.03;
/** Delays of the event loop, in multiples of the limit, that say that shedding is not enough. */
const hopeless = 5;
/** Delays of the event loop in the middle of a round, in multiples of the limit, after which requests have waited for too long. */
const patience: Readonly<Record<Priority, number>> = { High: 2, Normal: 1, Low: 0.5 };

/**
 * Which share of the requests a data worker takes, by how far its event loop is behind. As in WeChat's DAGOR (Zhou et al.,
 * "Overload Control for Scaling WeChat Microservices", 2018) the time that work has waited tells of overload, and the share
 * goes down by a factor and up again in small steps; here it goes up in larger ones as long as the loop has time to spare.
 * No clock and no timer of its own: `look` is called several times a second.
 */
export class Shedder {
  /** Share of the requests that are to be served. */
  admitted = 1;
  /** The event loop was late, or is overloaded: `isTooLate` counts. */
  alert = false;
  /** Even refusing requests is too much: no new connections. */
  refusing = false;
  readonly #limits: OverloadSettings;
  readonly #leastCpu: number;
  #late = 0;
  #byDelay = 1;
  #byMemory = 1;

  constructor(limits: OverloadSettings, leastCpu = standardLeastCpu) {
    this.#limits = limits;
    this.#leastCpu = leastCpu;
  }

  look(sample: LoadSample): void {
    this.#lookAtDelay(sample);
    this.#lookAtMemory(sample);
    this.admitted = Math.min(this.#byDelay, this.#byMemory);
    this.alert = this.#late > 0 || this.admitted < 1;
    const isHopeless = this.#byDelay === least || sample.delayMs > hopeless * this.#limits.loopDelayMs;
    const helpless = this.#late >= lateLooks && isHopeless;
    if (helpless || this.#byMemory === 0) this.refusing = true;
    else if (this.#late === 0) this.refusing = false;
  }

  /**
   * Whether a request that is read while the event loop is `delayMs` behind comes too late in its round. Rounds grow by what comes
   * in during them, threefold where three times too much comes, and there is no look before one ends.
   */
  isTooLate(priority: Priority, delayMs: number): boolean {
    const { loopDelayMs } = this.#limits;
    return loopDelayMs > 0 && delayMs > loopDelayMs * patience[priority];
  }

  #lookAtDelay({ delayMs, utilization, cpu }: LoadSample): void {
    const { loopDelayMs } = this.#limits;
    if (loopDelayMs === 0) return;
    this.#late = delayMs > loopDelayMs && cpu >= this.#leastCpu ? this.#late + 1 : 0;
    if (this.#late > 0) {
      if (this.#byDelay === 1 && this.#late < lateLooks) return;
      const factor = delayMs > 2 * loopDelayMs ? 0.6 : 0.85;
      this.#byDelay = Math.max(least, this.#byDelay * factor);
    } else if (this.#byDelay < 1 && delayMs < loopDelayMs / 2) {
      const factor = Math.min(1.25, Math.max(1.02, busy / Math.max(utilization, 0.01)));
      this.#byDelay = Math.min(1, this.#byDelay * factor);
    }
  }

  #lookAtMemory({ memory }: LoadSample): void {
    if (this.#limits.memoryPercent === 0) return;
    const soft = this.#limits.memoryPercent / 100;
    const width = (1 - soft) * memoryRamp;
    const left = 1 - (memory - soft) / width;
    if (memory >= soft) this.#byMemory = left < least ? 0 : left;
    else if (memory < soft - memoryHysteresis) this.#byMemory = 1;
  }
}
