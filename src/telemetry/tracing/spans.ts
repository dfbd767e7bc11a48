import { SpanStatusCode, type Attributes, type HrTime, type SpanKind } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

interface SpanParts {
  readonly name: string;
  readonly kind: SpanKind;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: { readonly spanId: string; readonly isRemote: boolean } | undefined;
  /** Unix milliseconds, with fractions. */
  readonly from: number;
  readonly to: number;
  readonly attributes: Attributes;
  /** undefined: it did not fail. */
  readonly failure: string | undefined;
}

const sampled = 1;

/** Makes spans that are over, in the form that exporters of OpenTelemetry take. */
export class SpanMaker {
  readonly #resource: Resource;
  readonly #scope: ReadableSpan['instrumentationScope'];

  constructor(resource: Resource, version: string) {
    this.#resource = resource;
    this.#scope = { name: 'loom', version };
  }

  make({ name, kind, traceId, spanId, parent, from, to, attributes, failure }: SpanParts): ReadableSpan {
    const end = Math.max(from, to);
    return {
      name,
      kind,
      spanContext: () => ({ traceId, spanId, traceFlags: sampled }),
      ...(parent && { parentSpanContext: { traceId, traceFlags: sampled, ...parent } }),
      startTime: toHrTime(from),
      endTime: toHrTime(end),
      duration: toHrTime(end - from),
      ended: true,
      status:
        failure === undefined
          ? { code: SpanStatusCode.UNSET }
          : { code: SpanStatusCode.ERROR, message: failure },
      attributes,
      links: [],
      events: [],
      resource: this.#resource,
      instrumentationScope: this.#scope,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
  }
}

function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}
