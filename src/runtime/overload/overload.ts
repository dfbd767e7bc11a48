import { getHeapStatistics } from 'node:v8';
import { totalmem } from 'node:os';
import type { EventLoopUtilization } from 'node:perf_hooks';
import { LoomError } from '../../errors.ts';
import type { Priority } from '../../model/model.ts';
import type { OverloadSettings } from '../../model/settings.ts';
import { pulse } from '../../pulse.ts';
import { Shares } from './shares.ts';
import { Shedder } from './shedder.ts';

/** The delay of the event loop is measured at each beat, and looked at as often as this. */
const lookMs = 100;
/** A loop that is later than this may be about to be overloaded. */
const promptMs = 5;
/** Memory changes slowly, and asking is not free. */
const memoryEveryMs = 500;
const standardCalmMs = 5000;

/** What goes on at the moment in a worker that has shed requests. */
export interface OverloadReport {
  readonly delayMs: number;
  readonly memoryPercent: number;
  readonly shed: number;
  readonly seconds: number;
}

interface Surroundings {
  /** Nothing shed for this long is the end of it; undefined: 5 s. */
  readonly calmMs?: number;
  /** Share of a CPU with less of which it is late because others have it; undefined: a tenth. */
  readonly leastCpu?: number;
  /** New connections are refused, or let in again. */
  refuse(refusing: boolean): void;
  /** At the first request that is shed, and when none has been for a while. */
  begun(report: OverloadReport): void;
  ended(report: OverloadReport): void;
}

/** Sheds requests of one data worker while its event loop is behind, or while memory is short. */
export class Overload {
  /** Some requests are to be shed: `check` each. */
  active = false;
  delayMs = 0;
  /** Since the beginning. */
  readonly shed: Record<Priority, number> = { High: 0, Normal: 0, Low: 0 };
  readonly #shedder: Shedder;
  readonly #shares = new Shares();
  readonly #surroundings: Surroundings;
  readonly #looksAtMemory: boolean;
  readonly #look = (now: number, lateMs: number): boolean => this.#beat(now, lateMs);
  #lookedAt = performance.now();
  #least = Infinity;
  #idle: EventLoopUtilization = performance.eventLoopUtilization();
  #cpu = process.threadCpuUsage();
  #memory = 0;
  #memoryAt = -Infinity;
  /** `performance.now()` of the first shed request of this overload, and of the last; 0: there is none. */
  #since = 0;
  #lastAt = 0;
  #shedBefore = 0;

  constructor(limits: OverloadSettings, surroundings: Surroundings) {
    this.#shedder = new Shedder(limits, surroundings.leastCpu);
    this.#surroundings = surroundings;
    this.#looksAtMemory = limits.memoryPercent > 0;
    pulse.join(this.#look);
  }

  get admitted(): number {
    return this.#shedder.admitted;
  }

  /** While `active`. `at`: `performance.now()` when the request was read. Throws LoomError `overloaded` for one that is shed. */
  check(priority: Priority, at: number): void {
    const isChosen = this.#shares.take(priority);
    if (isChosen && !this.#shedder.isTooLate(priority, at - pulse.due)) return;
    this.shed[priority]++;
    this.#lastAt = performance.now();
    if (this.#since === 0) {
      this.#since = this.#lastAt;
      this.#surroundings.begun(this.#report(this.#lastAt));
    }
    const error = new LoomError('overloaded');
    error.retryAfterMs = 1000;
    throw error;
  }

  close(): void {
    pulse.leave(this.#look);
  }

  /** Without traffic nothing is late, and memory of no concern: then it need not be looked at again. */
  #beat(now: number, lateMs: number): boolean {
    this.#least = Math.min(this.#least, lateMs);
    const sinceMs = now - this.#lookedAt;
    if (sinceMs >= lookMs) {
      this.#lookedAt = now;
      this.#measure(now, sinceMs);
    }
    return this.active || this.#shedder.refusing || this.#since > 0 || this.delayMs > promptMs;
  }

  #measure(now: number, sinceMs: number): void {
    const { user, system } = process.threadCpuUsage(this.#cpu);
    this.#cpu = process.threadCpuUsage();
    const cpu = (user + system) / 1000 / sinceMs;
    const before = this.#idle;
    this.#idle = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(this.#idle, before);
    this.delayMs = this.#least;
    this.#least = Infinity;
    if (this.#looksAtMemory && now - this.#memoryAt >= memoryEveryMs) {
      this.#memoryAt = now;
      this.#memory = memoryInUse();
    }
    const shedder = this.#shedder;
    const wasRefusing = shedder.refusing;
    shedder.look({ delayMs: this.delayMs, utilization, cpu, memory: this.#memory });
    if (shedder.refusing !== wasRefusing) this.#surroundings.refuse(shedder.refusing);
    this.active = shedder.alert;
    if (this.active) this.#shares.share(shedder.admitted);
    const { calmMs = standardCalmMs } = this.#surroundings;
    if (this.#since > 0 && now - this.#lastAt > calmMs) this.#end(now);
  }

  #end(now: number): void {
    this.#surroundings.ended(this.#report(now));
    this.#since = 0;
    this.#shedBefore = this.#total;
  }

  get #total(): number {
    return this.shed.High + this.shed.Normal + this.shed.Low;
  }

  #report(now: number): OverloadReport {
    return {
      delayMs: Math.round(this.delayMs),
      memoryPercent: Math.round(this.#memory * 100),
      shed: this.#total - this.#shedBefore,
      seconds: Math.round((now - this.#since) / 1000),
    };
  }
}

/** Of what the container or the machine has for the process, or of the heap of this thread: whichever is nearer to its end. */
function memoryInUse(): number {
  const limit = Math.min(process.constrainedMemory() || Infinity, totalmem());
  const { used_heap_size: used, heap_size_limit: most } = getHeapStatistics();
  return Math.max(residentBytes() / limit, used / most);
}

/** 0 where the system does not say: without /proc, or while there is no file descriptor left to read it with. */
function residentBytes(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return 0;
  }
}
