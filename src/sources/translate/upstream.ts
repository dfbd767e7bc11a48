import type { LoomUpstreamSpec } from '../../api/types.gen.ts';
import { toMs } from '../../model/duration.ts';
import type { Endpoint, Upstream } from '../../model/model.ts';

/** What balances the endpoints of a Service port that a route names directly. */
export function plainUpstream(id: string): Upstream {
  return { id, loadBalancer: 'RoundRobin', connectTimeoutMs: 5000 };
}

export function toUpstream(id: string, spec: LoomUpstreamSpec): Upstream {
  const { healthCheck, circuitBreaker } = spec;
  return {
    id,
    loadBalancer: spec.loadBalancer,
    connectTimeoutMs: toMs(spec.connectTimeout),
    ...(healthCheck && {
      healthCheck: {
        path: healthCheck.path,
        intervalMs: toMs(healthCheck.interval),
        timeoutMs: toMs(healthCheck.timeout),
        healthyThreshold: healthCheck.healthyThreshold,
        unhealthyThreshold: healthCheck.unhealthyThreshold,
      },
    }),
    ...(circuitBreaker && {
      circuitBreaker: {
        failureThreshold: circuitBreaker.failureThreshold,
        successThreshold: circuitBreaker.successThreshold,
        timeoutMs: toMs(circuitBreaker.timeout),
      },
    }),
  };
}

export function toEndpoints(spec: LoomUpstreamSpec): readonly Endpoint[] {
  return (spec.endpoints ?? []).map(({ address, port, weight }) => ({ address, port, weight }));
}
