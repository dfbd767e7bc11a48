/** Where traces go, and of which requests there are any. */
export interface TracingSettings {
  /** OTLP over HTTP, with its path. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** PEM file, absolute; empty: the authorities that Node knows. */
  readonly caFile: string;
  /** Of one batch, with all tries. */
  readonly timeoutMs: number;
  /** Part of the traces that begin here, from 0 to 1. */
  readonly ratio: number;
  /** Whether a trace is continued that the client brings, with its decision. */
  readonly followsParent: boolean;
  /** Attributes of the resource; `service.name` among them. */
  readonly resource: Readonly<Record<string, string>>;
  /** Spans of each worker that may wait for the collector. */
  readonly queueSpans: number;
  readonly flushMs: number;
  /** Parameters of queries whose values are not shown; in lower case. */
  readonly redactQuery: readonly string[];
}
