/** Milliseconds. */
export interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Longest wait that a server can ask for; a proxy that says an hour must not stop Loom for an hour. */
const maxRetryAfterMs = 120_000;

/** Doubles from minMs to maxMs with each attempt (1 is the first), then takes a random half to whole of it, and never less than the server asked for. */
export function backoffMs(attempt: number, { minMs, maxMs }: BackoffLimits, retryAfterMs = 0): number {
  const cap = Math.min(maxMs, minMs * 2 ** Math.min(30, attempt - 1));
  return Math.max(cap * (0.5 + Math.random() / 2), Math.min(retryAfterMs, maxRetryAfterMs));
}
