import { openSync, readlinkSync, readSync } from 'node:fs';

/** The number that Linux gives the calling thread (proc(5)); 0 on other systems. */
export function threadNumber(): number {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  } catch {
    return 0;
  }
}

/** Reads how long a thread of this process has computed. 2 µs a reading, because the file stays open. */
export class CpuClock {
  readonly #file: number | undefined;
  readonly #bytes = Buffer.alloc(64);

  constructor(thread: number) {
    this.#file = thread === 0 ? undefined : open(thread);
  }

  /** Milliseconds; undefined where the system does not tell, or the thread has ended. */
  read(): number | undefined {
    if (this.#file === undefined) return undefined;
    try {
      const size = readSync(this.#file, this.#bytes, 0, this.#bytes.length, 0);
      const ms = Number.parseInt(this.#bytes.latin1Slice(0, size), 10) / 1e6;
      // Some kernels have the file and do not count: every thread has computed for a while.
      return ms > 0 ? ms : undefined;
    } catch {
      return undefined;
    }
  }
}

/** The first number of schedstat is the time on a CPU in nanoseconds (Linux, Documentation/scheduler/sched-stats). */
function open(thread: number): number | undefined {
  try {
    return openSync(`/proc/self/task/${thread}/schedstat`, 'r');
  } catch {
    return undefined;
  }
}
