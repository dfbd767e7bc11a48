import { CpuClock } from './cpu-clock.ts';
import { epochCell, struck } from './epoch.ts';

/**
 * A call that computes is ended when its thread has used its limit of CPU time. One that does not (the machine is busy, the
 * host waits within a call) holds up its worker all the same: it is ended after so many times its limit.
 */
const wallFactor = 10;

/**
 * What a call is charged at most when it is first seen, in milliseconds: it has computed for some part of the time since the
 * last look, and is not to pay for a watchdog that was held up.
 */
const firstChargeMs = 4;

/** See CpuClock. */
interface Clock {
  read(): number | undefined;
}

/** One thread as the watchdog sees it. `now` is in milliseconds of any clock, `cpu` what the thread has computed. */
export class Watch {
  readonly #cells: Int32Array;
  readonly #clockOf: (thread: number) => Clock;
  #thread = 0;
  #clock: Clock | undefined;
  #call = 0;
  #since = 0;
  #cpuSince: number | undefined;
  #cpuSeen: number | undefined;
  #lookedAt = 0;
  #suspects = false;

  constructor(epoch: ArrayBufferLike, clockOf: (thread: number) => Clock = (thread) => new CpuClock(thread)) {
    this.#cells = new Int32Array(epoch);
    this.#clockOf = clockOf;
  }

  /** The last look saw a call that the one before had seen: one of those few that may have to be ended. */
  get suspects(): boolean {
    return this.#suspects;
  }

  /** Looks once; true while the thread is, or since the last look was, within a limited call. */
  look(now: number): boolean {
    const elapsed = Math.min(now - this.#lookedAt, firstChargeMs);
    this.#lookedAt = now;
    const call = Atomics.load(this.#cells, epochCell.word);
    this.#suspects = call > 0 && call === this.#call;
    if (call <= 0) {
      const busy = this.#call !== 0;
      this.#call = 0;
      return busy;
    }
    if (call !== this.#call) {
      this.#begin(call, now);
      this.#charge(elapsed);
      return true;
    }
    const cpu = this.#clock?.read();
    // A thread that does not get to compute is not charged for the time that passes.
    this.#charge(cpu === undefined || this.#cpuSeen === undefined ? elapsed : cpu - this.#cpuSeen);
    this.#cpuSeen = cpu;
    if (this.#over(now, cpu)) Atomics.compareExchange(this.#cells, epochCell.word, call, call | struck);
    return true;
  }

  #charge(ms: number): void {
    Atomics.add(this.#cells, epochCell.computed, Math.round(ms * 1000));
  }

  #begin(call: number, now: number): void {
    const thread = Atomics.load(this.#cells, epochCell.thread);
    if (thread !== this.#thread || !this.#clock) {
      this.#thread = thread;
      this.#clock = this.#clockOf(thread);
    }
    this.#call = call;
    this.#since = now;
    this.#cpuSince = this.#clock.read();
    this.#cpuSeen = this.#cpuSince;
  }

  #over(now: number, cpu: number | undefined): boolean {
    const limitMs = Atomics.load(this.#cells, epochCell.limitMs);
    const wall = now - this.#since;
    if (wall < limitMs) return false;
    if (cpu === undefined || this.#cpuSince === undefined || wall >= limitMs * wallFactor) return true;
    return cpu - this.#cpuSince >= limitMs;
  }
}
