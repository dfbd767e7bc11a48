/** metav1.Status, what Loom reads of it: the body of every answer that is no success, and the object of an ERROR event. */
export interface ApiStatus {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string }[];
  };
}

/** The API server refused. `reason` is that of metav1.Status (`NotFound`, `Expired`, …), empty where the answer was not its own. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  /**
   * The server has not come to the version that it was asked for (504 of the API server): soon, when it lags behind another one, or
   * never, when its store was restored from a backup.
   */
  readonly isAhead: boolean;
  /** What the server asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, body: ApiStatus, retryAfterMs?: number) {
    super(`the API server answers ${status}: ${body.message ?? body.reason ?? 'without a reason'}`);
    this.name = 'ApiError';
    this.status = status;
    this.reason = body.reason ?? '';
    this.isAhead = body.details?.causes?.some((cause) => cause.reason === 'ResourceVersionTooLarge') ?? false;
    const seconds = body.details?.retryAfterSeconds;
    this.retryAfterMs = retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000);
  }
}

/** What came over a watch is no event: nobody knows what was lost, so the collection must be listed again. */
export class UnreadableError extends Error {
  constructor(what: string, cause?: unknown) {
    super(`unreadable watch event: ${what}`, cause === undefined ? {} : { cause });
    this.name = 'UnreadableError';
  }
}

/** Whether the API server says so with that status. */
export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status;
}

/** Too much to do, or a token that may have been replaced by now. */
const passing: readonly number[] = [401, 429];

/** Whether the API server will not have it, now or later; any other failure says nothing of the next try. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof ApiError && error.status < 500 && !passing.includes(error.status);

/** Retry-After (RFC 9110 section 10.2.3) in milliseconds from now; undefined when absent or malformed. */
export function readRetryAfter(value: string | readonly string[] | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^[0-9]{1,9}$/.test(value)) return Number(value) * 1000;
  // Date.parse takes almost anything, `-1` too.
  const until = /^[A-Z][a-z]+, /.test(value) ? Date.parse(value) - Date.now() : NaN;
  return Number.isNaN(until) ? undefined : Math.max(0, until);
}
