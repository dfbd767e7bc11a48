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

/**
 * What counts at most of the time between two looks, in milliseconds. A watchdog that looks later has been held up itself: the machine
 * stood still, because its hypervisor had others to serve, or the process did, and no call is to pay for that. Kernels tell what a
 * thread has computed by ticks of up to 10 ms.
 */
const mostAtOnceMs = 12;

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
  /** What has passed on the wall since the call was seen, and what its thread has computed. */
  #wallMs = 0;
  #cpuMs = 0;
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
    const elapsed = Math.min(now - this.#lookedAt, mostAtOnceMs);
    this.#lookedAt = now;
    const call = Atomics.load(this.#cells, epochCell.word);
    this.#suspects = call > 0 && call === this.#call;
    if (call <= 0) {
      const busy = this.#call !== 0;
      this.#call = 0;
      return busy;
    }
    if (call !== this.#call) {
      this.#begin(call);
      this.#charge(Math.min(elapsed, firstChargeMs));
      return true;
    }
    const cpu = this.#clock?.read();
    // A thread that does not get to compute is not charged for the time that passes.
    const isTold = cpu !== undefined && this.#cpuSeen !== undefined;
    const computed = isTold ? Math.min(cpu - (this.#cpuSeen as number), mostAtOnceMs) : elapsed;
    this.#cpuSeen = cpu;
    this.#wallMs += elapsed;
    this.#cpuMs += computed;
    this.#charge(computed);
    if (this.#isOver()) Atomics.compareExchange(this.#cells, epochCell.word, call, call | struck);
    return true;
  }

  #charge(ms: number): void {
    Atomics.add(this.#cells, epochCell.computed, Math.round(ms * 1000));
  }

  #begin(call: number): void {
    const thread = Atomics.load(this.#cells, epochCell.thread);
    if (thread !== this.#thread || !this.#clock) {
      this.#thread = thread;
      this.#clock = this.#clockOf(thread);
    }
    this.#call = call;
    this.#wallMs = 0;
    this.#cpuMs = 0;
    this.#cpuSeen = this.#clock.read();
  }

  #isOver(): boolean {
    const limitMs = Atomics.load(this.#cells, epochCell.limitMs);
    if (this.#wallMs < limitMs) return false;
    return this.#cpuMs >= limitMs || this.#wallMs >= limitMs * wallFactor;
  }
}
