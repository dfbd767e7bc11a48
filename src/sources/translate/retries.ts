import type { LoomRouteSpecRuleRetries } from '../../api/types.gen.ts';
import { toMs } from '../../model/duration.ts';
import type { Retries } from '../../model/model.ts';

/** "Status codes and their use in gRPC". */
const grpcStatus = {
  Cancelled: 1,
  DeadlineExceeded: 4,
  ResourceExhausted: 8,
  Internal: 13,
  Unavailable: 14,
} as const;

export function toRetries(spec: LoomRouteSpecRuleRetries): Retries {
  return {
    attempts: spec.attempts,
    onConnectFailure: spec.causes.includes('ConnectFailure'),
    onReset: spec.causes.includes('Reset'),
    onTimeout: spec.causes.includes('Timeout'),
    statuses: spec.statuses,
    grpcStatuses: spec.grpcStatuses.map((name) => grpcStatus[name]),
    methods: spec.methods,
    backoffMs: { base: toMs(spec.backoff.base), max: toMs(spec.backoff.max) },
    maxRetryAfterMs: toMs(spec.maxRetryAfter),
    budget: spec.budget,
    bodyBufferBytes: spec.bodyBufferBytes,
  };
}
