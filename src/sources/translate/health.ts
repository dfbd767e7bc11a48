import type { LoomUpstreamSpec } from '../../api/types.gen.ts';
import { toMs } from '../../model/duration.ts';
import type { HealthCheck, OutlierDetection } from '../../model/upstream.ts';

export function toHealthCheck(spec: NonNullable<LoomUpstreamSpec['healthCheck']>): HealthCheck {
  const { type, path, port, host, headers, expectedStatuses, expectedBody, service, jitter } = spec;
  return {
    ...(type !== 'Http' && { type }),
    ...(path !== undefined && { path }),
    ...(port !== undefined && { port }),
    ...(host !== undefined && { host }),
    ...(headers && { headers: headers.map(({ name, value }) => ({ name, value })) }),
    ...(expectedStatuses && { expectedStatuses: expectedStatuses.map(toRange) }),
    ...(expectedBody !== undefined && { expectedBody }),
    ...(service !== undefined && { service }),
    jitter: jitter / 100,
    intervalMs: toMs(spec.interval),
    timeoutMs: toMs(spec.timeout),
    healthyThreshold: spec.healthyThreshold,
    unhealthyThreshold: spec.unhealthyThreshold,
  };
}

/** `204` or `200-299`. */
function toRange(text: string): { readonly from: number; readonly to: number } {
  const [from = 0, to = from] = text.split('-').map(Number);
  return { from, to };
}

export function toOutlierDetection(
  spec: NonNullable<LoomUpstreamSpec['outlierDetection']>,
): OutlierDetection {
  const { consecutiveErrors, errorPercent, latencyFactor, minRequests, maxEjectionPercent } = spec;
  return {
    consecutiveErrors,
    errorPercent,
    latencyFactor,
    minRequests,
    intervalMs: toMs(spec.interval),
    ejectionMs: toMs(spec.ejectionTime),
    maxEjectionMs: toMs(spec.maxEjectionTime),
    maxEjectionPercent,
    statuses: spec.statuses ?? [502, 503, 504],
  };
}
