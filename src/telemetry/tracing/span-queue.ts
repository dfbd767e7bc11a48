import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../log.ts';
import { CounterFamily, type MetricJson } from '../series.ts';

/** Spans of one request to the collector: what the worker may encode in one go, in the middle of its requests. */
const batchSize = 256;

interface QueueOptions {
  /** Where spans go, for the log. */
  readonly url: string;
  /** Spans that may wait; further ones are dropped. */
  readonly limit: number;
  /** Time that a span may wait for others. */
  readonly flushMs: number;
  readonly log: Pick<Logger, 'warn' | 'info'>;
}

/** Counts what became of spans; also where there is no tracing, so that the series are the same. */
export const spanCounter = (): CounterFamily =>
  new CounterFamily('loom_trace_spans_total', 'Spans, by what became of them.', ['outcome']);

/** Spans on their way to the collector: one batch at a time, the others wait up to a limit. */
export class SpanQueue {
  readonly #exporter: SpanExporter;
  readonly #options: QueueOptions;
  /** Runs from the first span that waits on: of a gateway without traffic nothing wakes up. */
  #timer: NodeJS.Timeout | undefined;
  readonly #outcomes = spanCounter();
  readonly #exported = this.#outcomes.cell('exported');
  readonly #failed = this.#outcomes.cell('failed');
  readonly #dropped = this.#outcomes.cell('dropped');
  #waiting: ReadableSpan[] = [];
  #busy = false;
  #broken = false;

  constructor(exporter: SpanExporter, options: QueueOptions) {
    this.#exporter = exporter;
    this.#options = options;
  }

  add(span: ReadableSpan): void {
    if (this.#waiting.length >= this.#options.limit) {
      this.#dropped.value++;
      return;
    }
    // Not here: encoding is not the business of the request that brings the last span.
    if (this.#waiting.push(span) === batchSize) setImmediate(() => this.#send());
    this.#timer ??= this.#startTimer();
  }

  toJson(): MetricJson {
    return this.#outcomes.toJson();
  }

  /** Sends what waits, as far as the collector takes it within `ms`. */
  async close(ms = 1000): Promise<void> {
    clearTimeout(this.#timer);
    const late = performance.now() + ms;
    while (performance.now() < late && !this.#broken && (this.#busy || this.#waiting.length > 0)) {
      this.#send();
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    }
  }

  #startTimer(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      this.#send();
    }, this.#options.flushMs).unref();
  }

  #send(): void {
    if (this.#busy || this.#waiting.length === 0) return;
    this.#busy = true;
    const batch = this.#waiting.splice(0, batchSize);
    this.#exporter.export(batch, ({ code, error }) => {
      this.#busy = false;
      if (code === ExportResultCode.SUCCESS) this.#arrived(batch.length);
      else this.#lost(batch.length, error);
      if (this.#waiting.length >= batchSize) setImmediate(() => this.#send());
      // The timer of those that came meanwhile may have found the queue busy.
      else if (this.#waiting.length > 0) this.#timer ??= this.#startTimer();
    });
  }

  #arrived(spans: number): void {
    this.#exported.value += spans;
    if (!this.#broken) return;
    this.#broken = false;
    const lost = this.#failed.value + this.#dropped.value;
    this.#options.log.info({ url: this.#options.url, lost }, 'spans are exported again');
  }

  #lost(spans: number, error: Error | undefined): void {
    this.#failed.value += spans;
    if (this.#broken) return;
    this.#broken = true;
    const { url, log } = this.#options;
    log.warn({ url, problem: error?.message || 'no answer' }, 'spans cannot be exported');
  }
}
