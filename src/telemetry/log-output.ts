import { constants, fstatSync, openSync, writeSync } from 'node:fs';

/** Characters that wait while nobody takes them; what comes then is counted and lost. */
const maxWaiting = 1 << 18;
const retryMs = 100;

/**
 * Where the lines of the log go: written at once, so that the last words of a process are not lost, and never waited for. A pipe
 * whose reader sleeps, or a disk that is full, holds up no thread and ends none: lines wait, and go out when there is room.
 */
export class LogOutput {
  readonly #fd: number;
  /** Runs while something waits. */
  #retry: NodeJS.Timeout | undefined;
  readonly #waiting: string[] = [];
  #size = 0;
  #lost = 0;
  /** A part of the first that waits has been written. */
  #isTorn = false;

  /** `fd`: of a file, a terminal, a socket, or a pipe, which is opened anew: it can be told not to wait, and nobody else is. */
  constructor(fd: number) {
    this.#fd = reopened(fd);
    process.once('exit', () => this.#flush());
  }

  /** A line with its end. Never throws. */
  write(line: string): void {
    if (this.#waiting.length === 0 && this.#put(line)) return;
    this.#retry ??= setInterval(() => this.#flush(), retryMs).unref();
    if (this.#size + line.length > maxWaiting) {
      this.#lost++;
      return;
    }
    this.#waiting.push(line);
    this.#size += line.length;
  }

  #flush(): void {
    for (let line = this.#waiting[0]; line !== undefined; line = this.#waiting[0]) {
      if (!this.#put(line)) return;
      this.#waiting.shift();
      this.#size -= line.length;
    }
    if (this.#lost > 0) {
      const time = new Date().toISOString();
      const told = { level: 'warn', time, lines: this.#lost, msg: 'lines of the log were lost' };
      if (!this.#put(`${JSON.stringify(told)}\n`)) return;
      this.#lost = 0;
    }
    clearInterval(this.#retry);
    this.#retry = undefined;
  }

  /** @returns whether all of it is written */
  #put(line: string): boolean {
    // What was cut is ended, and the line follows as a whole.
    const bytes = Buffer.from(this.#isTorn ? `\n${line}` : line);
    let at = 0;
    try {
      while (at < bytes.length) at += writeSync(this.#fd, bytes, at);
      this.#isTorn = false;
      return true;
    } catch {
      this.#isTorn ||= at > 0;
      return false;
    }
  }
}

function reopened(fd: number): number {
  try {
    if (!fstatSync(fd).isFIFO()) return fd;
    return openSync(`/dev/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return fd;
  }
}
