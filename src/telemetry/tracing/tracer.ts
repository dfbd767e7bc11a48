import { readFile } from 'node:fs/promises';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Exchange } from '../../http/exchange.ts';
import type { TracingSettings } from '../../model/tracing.ts';
import { Redaction } from '../access-log/redaction.ts';
import type { Logger } from '../log.ts';
import type { MetricJson } from '../series.ts';
import { ExchangeRecording, type Recorder } from './exchange-recording.ts';
import { newSpanId, newTraceId } from './random-ids.ts';
import { SpanQueue } from './span-queue.ts';
import { SpanMaker } from './spans.ts';
import {
  checkTraceState,
  forgetTraceState,
  readTraceParent,
  writeTraceParent,
  type TraceParent,
} from './trace-parent.ts';

/**
 * Decides of each exchange, at its beginning, whether it is recorded, and tells the upstream. Exchanges that are not cost an id
 * and a header field, or nothing where they bring one.
 */
export class Tracer {
  readonly #isSampled: (traceId: string) => boolean;
  readonly #followsParent: boolean;
  readonly #queue: SpanQueue;
  readonly #recorder: Recorder;

  /** `version` is that of Loom. */
  constructor(settings: TracingSettings, version: string, log: Pick<Logger, 'warn' | 'info'>) {
    this.#isSampled = sampler(settings.ratio);
    this.#followsParent = settings.followsParent;
    const { url, queueSpans, flushMs } = settings;
    const queue = new SpanQueue(makeExporter(settings), { url, limit: queueSpans, flushMs, log });
    this.#queue = queue;
    const attributes = { 'service.version': version, 'process.pid': process.pid, ...settings.resource };
    this.#recorder = {
      spans: new SpanMaker(defaultResource().merge(resourceFromAttributes(attributes)), version),
      redaction: new Redaction([], settings.redactQuery),
      add: (span: ReadableSpan) => queue.add(span),
    };
  }

  begin(exchange: Exchange): void {
    const { headers } = exchange.request;
    const parent = this.#followsParent ? readTraceParent(headers) : undefined;
    if (parent) checkTraceState(headers);
    else forgetTraceState(headers);
    const traceId = parent?.traceId ?? newTraceId();
    exchange.traceId = traceId;
    if (parent?.isSampled ?? this.#isSampled(traceId)) {
      this.#record(exchange, parent);
      // Who comes next is told not to record it either. A client has said so already.
    } else if (!parent) writeTraceParent(headers, { traceId, spanId: unrecorded, isSampled: false });
  }

  /** Makes what decides with another ratio, for exchanges that have begun and gone nowhere yet. */
  resampler(ratio: number): (exchange: Exchange) => void {
    const isWanted = sampler(ratio);
    return (exchange) => {
      const { recording, traceId } = exchange;
      const { headers } = exchange.request;
      const beginsHere =
        recording instanceof ExchangeRecording
          ? recording.beginsTrace
          : readTraceParent(headers)?.spanId === unrecorded;
      if (!beginsHere || isWanted(traceId) === (recording !== undefined)) return;
      if (!recording) return this.#record(exchange, undefined);
      exchange.recording = undefined;
      writeTraceParent(headers, { traceId, spanId: unrecorded, isSampled: false });
    };
  }

  #record(exchange: Exchange, parent: TraceParent | undefined): void {
    const recording = new ExchangeRecording(exchange, parent, this.#recorder);
    exchange.recording = recording;
    writeTraceParent(exchange.request.headers, recording.told);
  }

  /** At the end of an exchange; `status` 0: no response was sent. */
  ended({ recording }: Exchange, status: number): void {
    if (recording instanceof ExchangeRecording) recording.ended(status);
  }

  toJson(): MetricJson[] {
    return [this.#queue.toJson()];
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }
}

/**
 * By the last 56 bits of the id, which are random (W3C Trace Context level 2, section 3.2.2.3), and as OpenTelemetry's consistent
 * sampling has it: whoever samples with the same ratio samples the same traces, and with a larger one these too.
 */
export function sampler(ratio: number): (traceId: string) => boolean {
  if (ratio <= 0 || ratio >= 1) return () => ratio >= 1;
  const least = BigInt(Math.round((1 - ratio) * 2 ** 56))
    .toString(16)
    .padStart(14, '0');
  // The order of hex digits is that of their characters; the first one decides nearly always, and nothing is made for it.
  return (traceId) => {
    let i = 0;
    while (i < 13 && traceId.charCodeAt(18 + i) === least.charCodeAt(i)) i++;
    return traceId.charCodeAt(18 + i) >= least.charCodeAt(i);
  };
}

/** Of spans that nobody will ever see: they need no names of their own. */
const unrecorded = newSpanId();

function makeExporter({ url, headers, caFile, timeoutMs }: TracingSettings): OTLPTraceExporter {
  return new OTLPTraceExporter({
    url,
    headers: { ...headers },
    timeoutMillis: timeoutMs,
    // Asked again after each failure: a file that comes late is read when it is there.
    ...(caFile !== '' && {
      httpAgentOptions: async () => {
        const { Agent } = await import('node:https');
        return new Agent({ keepAlive: true, ca: await readFile(caFile) });
      },
    }),
  });
}
