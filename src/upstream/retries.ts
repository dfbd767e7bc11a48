import { errors, type LoomError } from '../errors.ts';
import type { Exchange, ResponseHead } from '../http/exchange.ts';
import { isGrpc } from '../http/grpc.ts';
import type { Retries } from '../model/model.ts';

/**
 * What a rule without `retries` has: nothing can have been done twice, and no body is kept. RFC 9110 section 9.2.2 has the
 * methods; PUT and DELETE come without a body here.
 */
export const standardRetries: Retries = {
  attempts: 2,
  onConnectFailure: true,
  onReset: true,
  onTimeout: false,
  statuses: [],
  grpcStatuses: [],
  methods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'],
  backoffMs: { base: 0, max: 0 },
  maxRetryAfterMs: 0,
  budget: { percent: 20, floor: 10 },
  bodyBufferBytes: 0,
};

/** Whether a policy wants another try after a failure, should the body still be there. */
export function wantsRetry(policy: Retries, { code }: LoomError, { request }: Exchange): boolean {
  // What was never sent cannot be done twice.
  if (errors[code].retry === 'always') return policy.onConnectFailure;
  if (code !== 'upstream-reset' && code !== 'response-timeout') return false;
  return (code === 'upstream-reset' ? policy.onReset : policy.onTimeout) && mayRepeat(policy, request.method);
}

/** Whether there are responses that a policy does not want. */
export const isChoosy = ({ statuses, grpcStatuses }: Retries): boolean =>
  statuses.length > 0 || grpcStatuses.length > 0;

/** Whether a policy wants another response than this one. */
export function wantsOther(policy: Retries, head: ResponseHead, { request }: Exchange): boolean {
  if (policy.statuses.includes(head.status)) return mayRepeat(policy, request.method);
  // Every call of gRPC is a POST; that such a status can be tried again was said of all calls of the rule.
  return (
    policy.grpcStatuses.length > 0 &&
    isGrpc(request.headers) &&
    policy.grpcStatuses.includes(grpcStatusIn(head) ?? -1)
  );
}

/** What a head that is all of a response says of a call ("gRPC over HTTP2", Trailers-Only). */
const grpcStatusIn = ({ headers }: ResponseHead): number | undefined => {
  const text = headers.get('grpc-status');
  return text === undefined ? undefined : Number(text);
};

/** Why that response is not wanted, for the metric. */
export const reasonOf = (head: ResponseHead): string =>
  head.status >= 400 ? `status-${head.status}` : `grpc-status-${grpcStatusIn(head)}`;

const mayRepeat = ({ methods }: Retries, method: string): boolean => methods.includes(method);

/**
 * Milliseconds before the next try, the `count`-th beyond the first; undefined where the endpoint wants to be left alone for
 * longer than the policy waits. "Full jitter": any time up to a bound that doubles, so that clients of one failure do not
 * come back together.
 */
export function pauseBefore(
  { backoffMs, maxRetryAfterMs }: Retries,
  count: number,
  head: ResponseHead | undefined,
  random: () => number = Math.random,
): number | undefined {
  const wantedMs = head ? retryAfterMs(head) : undefined;
  if (wantedMs !== undefined && wantedMs > maxRetryAfterMs) return undefined;
  const boundMs = Math.min(backoffMs.base * 2 ** (count - 1), backoffMs.max);
  return Math.max(wantedMs ?? 0, random() * boundMs);
}

/** RFC 9110 section 10.2.3: seconds, or a date. What is neither counts as absent. */
function retryAfterMs({ headers }: ResponseHead): number | undefined {
  const text = headers.get('retry-after');
  if (text === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** Resolves after that time, or as soon as the exchange need not go on. */
export function pause(ms: number, exchange: Exchange): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      exchange.onAbort(undefined);
      resolve();
    };
    const timer = setTimeout(end, ms);
    exchange.onAbort(end);
  });
}
