import { Pace } from '../pace.ts';
import type { Logger } from '../telemetry/log.ts';

/** What every worker serves now. */
export interface Served {
  readonly revision: number;
  readonly routes: number;
  readonly upstreams: number;
  /** Since the change. */
  readonly tookMs: number;
}

/**
 * Says in the log what is served: each change by itself, and of changes without an end one line a second, with how many it stands for:
 * in a large cluster they would be most of the log.
 */
export class AppliedLog {
  readonly #log: Logger;
  readonly #pace: Pick<Pace, 'take'>;
  #timer: NodeJS.Timeout | undefined;
  #newest: Served | undefined;
  #changes = 0;
  /** Of the slowest of them. */
  #tookMs = 0;

  constructor(log: Logger, pace: Pick<Pace, 'take'> = new Pace(10, 1000)) {
    this.#log = log;
    this.#pace = pace;
  }

  applied(served: Served): void {
    this.#newest = served;
    this.#changes++;
    this.#tookMs = Math.max(this.#tookMs, served.tookMs);
    if (!this.#timer) this.#say();
  }

  /** Says what was not said yet. */
  close(): void {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#write();
  }

  #say(): void {
    const waitMs = this.#pace.take();
    if (waitMs > 0) this.#timer = setTimeout(() => this.#say(), waitMs).unref();
    else this.#write();
  }

  #write(): void {
    this.#timer = undefined;
    const many = this.#changes > 1 && { changes: this.#changes };
    this.#log.info({ ...this.#newest, tookMs: Math.round(this.#tookMs), ...many }, 'configuration applied');
    this.#changes = 0;
    this.#tookMs = 0;
  }
}
