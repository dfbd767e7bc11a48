import type { Exchange } from '../../http/exchange.ts';
import type { AccessLogSettings } from '../../model/access-log.ts';
import type { Logger } from '../log.ts';
import { CounterFamily, type MetricJson } from '../series.ts';
import { compileFormat, type Format } from './format.ts';
import { LineSink } from './line-sink.ts';

const flushMs = 200;
const retryMs = 1000;

/** One line for each exchange, written beside the request path. One instance per worker. */
export class AccessLog {
  readonly #format: Format;
  readonly #percent: AccessLogSettings['sampling'];
  readonly #random: () => number;
  readonly #sink: LineSink;
  readonly #lines = new CounterFamily(
    'loom_access_log_lines_total',
    'Lines of the access log, by what became of them.',
    ['outcome'],
  );
  readonly #failures = new CounterFamily(
    'loom_access_log_failures_total',
    'Tries to write the access log that failed, by the name of the error.',
    ['reason'],
  );
  readonly #leftOut = this.#lines.cell('sampled-out');

  /** `random` gives numbers from 0 to below 1. */
  constructor(settings: AccessLogSettings, log: Pick<Logger, 'warn' | 'info'>, random = Math.random) {
    this.#format = compileFormat(settings);
    this.#percent = settings.sampling;
    this.#random = random;
    const { output, bufferSize } = settings;
    const written = this.#lines.cell('written');
    const dropped = this.#lines.cell('dropped');
    let broken = false;
    this.#sink = new LineSink({
      output,
      bufferSize,
      flushMs,
      retryMs,
      written: (lines) => (written.value += lines),
      dropped: (lines) => (dropped.value += lines),
      failed: (error) => {
        this.#failures.cell(error.code ?? 'other').value++;
        if (!broken) log.warn({ output, problem: error.message }, 'access log cannot be written');
        broken = true;
      },
      healed: () => {
        broken = false;
        log.info({ output, dropped: dropped.value }, 'access log can be written again');
      },
    });
  }

  /** At the end of an exchange; `status` 0: no response was sent. */
  write(exchange: Exchange, status: number): void {
    if (this.#isWanted(status)) this.#sink.write(this.#format(exchange, status));
    else this.#leftOut.value++;
  }

  /** Failures of servers, and requests without an answer, are what a log is read for. */
  #isWanted(status: number): boolean {
    if (status < 100 || status >= 500) return true;
    const percent = this.#percent[status < 300 ? 2 : status < 400 ? 3 : 4];
    return percent >= 100 || this.#random() * 100 < percent;
  }

  /** The file was moved: begin another. */
  reopen(): void {
    this.#sink.reopen();
  }

  toJson(): MetricJson[] {
    return [this.#lines.toJson(), this.#failures.toJson()];
  }

  async close(): Promise<void> {
    await this.#sink.close();
  }
}
