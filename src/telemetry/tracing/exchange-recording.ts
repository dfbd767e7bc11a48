import { SpanKind } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Exchange } from '../../http/exchange.ts';
import type { AttemptRecording, Recording } from '../../http/recording.ts';
import type { Redaction } from '../access-log/redaction.ts';
import { clientAttributes, methodName, serverAttributes } from './attributes.ts';
import type { SpanMaker } from './spans.ts';
import { newSpanId } from './random-ids.ts';
import { replaceSpanId, type TraceParent } from './trace-parent.ts';

/** What all exchanges of a worker share. */
export interface Recorder {
  readonly spans: SpanMaker;
  readonly redaction: Redaction;
  add(span: ReadableSpan): void;
}

/** The spans of one exchange: the request of the client, and within it phases of plugins and tries at upstreams. */
export class ExchangeRecording implements Recording {
  readonly #exchange: Exchange;
  readonly #recorder: Recorder;
  readonly #parent: TraceParent | undefined;
  readonly #spanId = newSpanId();
  /**
   * What the request says to the upstream. The id of the first try is made before there is one: plugins see the fields that
   * will be sent.
   */
  #told: TraceParent;
  #tries = 0;

  /** `parent` undefined: the trace begins here. */
  constructor(exchange: Exchange, parent: TraceParent | undefined, recorder: Recorder) {
    this.#exchange = exchange;
    this.#recorder = recorder;
    this.#parent = parent;
    this.#told = { traceId: exchange.traceId, spanId: newSpanId(), isSampled: true };
  }

  get beginsTrace(): boolean {
    return this.#parent === undefined;
  }

  get told(): TraceParent {
    return this.#told;
  }

  plugin<T>(id: string, phase: 'request' | 'response', run: () => T | Promise<T>): T | Promise<T> {
    const from = performance.now();
    const end = (failure?: Error): void => {
      const { verdict = '' } = this.#exchange.visits?.find(({ plugin }) => plugin === id) ?? {};
      this.#add(`plugin ${id} ${phase}`, SpanKind.INTERNAL, newSpanId(), from, failure?.message, {
        'loom.plugin': id,
        'loom.plugin.phase': phase,
        ...(verdict !== '' && { 'loom.plugin.verdict': verdict }),
      });
    };
    try {
      const result = run();
      if (!(result instanceof Promise)) {
        end();
        return result;
      }
      result.then(() => end(), end);
      return result;
    } catch (error) {
      end(error as Error);
      throw error;
    }
  }

  attempt(upstream: string, scheme: 'http' | 'https', endpoint: string): AttemptRecording {
    const from = performance.now();
    const resends = this.#tries++;
    if (resends > 0) {
      const spanId = newSpanId();
      replaceSpanId(this.#exchange.request.headers, this.#told, spanId);
      this.#told = { ...this.#told, spanId };
    }
    const { spanId } = this.#told;
    const of = { upstream, scheme, endpoint, resends };
    const attributes = clientAttributes(this.#exchange, of, this.#recorder.redaction);
    const name = `${methodName(this.#exchange.request.method)} ${upstream}`;
    let failure: string | undefined;
    let open = 2;
    const close = (): void => {
      if (--open === 0) this.#add(name, SpanKind.CLIENT, spanId, from, failure, attributes);
    };
    return {
      outcome: (told) => {
        if ('head' in told) {
          const { status } = told.head;
          attributes['http.response.status_code'] = status;
          if (status >= 400) attributes['error.type'] = failure = String(status);
        } else {
          attributes['error.type'] = told.code;
          failure = told.message;
        }
        close();
      },
      over: close,
    };
  }

  /** `status` 0: no response was sent. */
  ended(status: number): void {
    const exchange = this.#exchange;
    const { method } = exchange.original;
    const { spans, redaction } = this.#recorder;
    const failed = status === 0 || status >= 500;
    this.#recorder.add(
      spans.make({
        name: exchange.route === '' ? methodName(method) : `${methodName(method)} ${exchange.route}`,
        kind: SpanKind.SERVER,
        traceId: exchange.traceId,
        spanId: this.#spanId,
        parent: this.#parent && { spanId: this.#parent.spanId, isRemote: true },
        from: exchange.receivedAt,
        to: this.#clock(performance.now()),
        attributes: serverAttributes(exchange, status, redaction),
        failure: failed ? exchange.errorDetail : undefined,
      }),
    );
  }

  #add(
    name: string,
    kind: SpanKind,
    spanId: string,
    from: number,
    failure: string | undefined,
    attributes: ReadableSpan['attributes'],
  ): void {
    this.#recorder.add(
      this.#recorder.spans.make({
        name,
        kind,
        traceId: this.#exchange.traceId,
        spanId,
        parent: { spanId: this.#spanId, isRemote: false },
        from: this.#clock(from),
        to: this.#clock(performance.now()),
        attributes,
        failure,
      }),
    );
  }

  /** Unix milliseconds of a moment of `performance.now()`; one clock for all spans of an exchange, whatever the wall clock does. */
  #clock(moment: number): number {
    return this.#exchange.receivedAt + moment - this.#exchange.startedAt;
  }
}
