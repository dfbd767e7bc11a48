import type { HealthCheck } from '../model/upstream.ts';

/** What a probe found. `result` is for people: `status 200`, `timeout`, `ECONNREFUSED`. */
export interface ProbeResult {
  readonly success: boolean;
  readonly result: string;
  /** It could not even be sent, for want of file descriptors: that is no fault of the endpoint. */
  readonly saysNothing?: boolean;
}

/** Longest wait for the first probe of an endpoint. */
const firstProbeMs = 1000;

/** Where a target takes time and chance from. */
export interface HealthClock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Unix milliseconds. */
  date(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** @returns what cancels it. */
  after(ms: number, action: () => void): () => void;
}

export const systemClock: HealthClock = {
  now: () => performance.now(),
  date: () => Date.now(),
  random: () => Math.random(),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

/** Ends when `signal` aborts, and never rejects. */
export type Probe = (signal: AbortSignal) => Promise<ProbeResult>;

/** The schedule and the verdict of one endpoint. Healthy at first; `changed` is called when that changes. */
export class HealthTarget {
  healthy = true;
  /** Of the last probe; undefined before the first has ended. */
  last: { readonly result: string; readonly at: number } | undefined;
  /** In a row. One of the two is 0. */
  successes = 0;
  failures = 0;
  #settings: HealthCheck;
  readonly #probe: Probe;
  readonly #clock: HealthClock;
  readonly #changed: () => void;
  #cancel: () => void;
  #running: AbortController | undefined;
  #first = true;
  #stopped = false;

  constructor(settings: HealthCheck, probe: Probe, clock: HealthClock, changed: () => void) {
    this.#settings = settings;
    this.#probe = probe;
    this.#clock = clock;
    this.#changed = changed;
    this.#cancel = this.#schedule(clock.random() * Math.min(settings.intervalMs, firstProbeMs));
  }

  get settings(): HealthCheck {
    return this.#settings;
  }

  /** The verdict and the counts stay. The next probe comes as soon as that of a new endpoint would. */
  change(settings: HealthCheck): void {
    this.#settings = settings;
    this.#first = true;
    if (this.#running) return;
    this.#cancel();
    this.#cancel = this.#schedule(this.#clock.random() * Math.min(settings.intervalMs, firstProbeMs));
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
    this.#running?.abort();
  }

  #schedule(ms: number): () => void {
    return this.#clock.after(ms, () => void this.#run());
  }

  async #run(): Promise<void> {
    const began = this.#clock.now();
    const running = new AbortController();
    this.#running = running;
    const cancelTimeout = this.#clock.after(this.#settings.timeoutMs, () => running.abort());
    const found = await this.#probe(running.signal);
    cancelTimeout();
    this.#running = undefined;
    if (this.#stopped) return;
    this.#judge(found);
    // Endpoints appear together; from the second probe on each has its own place within the interval.
    const { intervalMs, jitter = 0 } = this.#settings;
    const spread = this.#first ? this.#clock.random() : 1 + jitter * (2 * this.#clock.random() - 1);
    const interval = intervalMs * spread;
    this.#first = false;
    this.#cancel = this.#schedule(Math.max(0, began + interval - this.#clock.now()));
  }

  #judge({ success, result, saysNothing }: ProbeResult): void {
    this.last = { result, at: this.#clock.date() };
    if (saysNothing) return;
    this.successes = success ? this.successes + 1 : 0;
    this.failures = success ? 0 : this.failures + 1;
    const { healthyThreshold, unhealthyThreshold } = this.#settings;
    if (this.healthy ? this.failures < unhealthyThreshold : this.successes < healthyThreshold) return;
    this.healthy = !this.healthy;
    this.#changed();
  }
}
