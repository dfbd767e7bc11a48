import type { LoomUpstreamSpec, WasmPluginSpec } from '../../api/types.gen.ts';
import { toMs } from '../../model/duration.ts';
import type { Endpoint, Plugin, Upstream } from '../../model/model.ts';

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

export function toPlugin(id: string, namespace: string, spec: WasmPluginSpec): Plugin {
  const { configMapRef, file } = spec.source;
  return {
    id,
    source: configMapRef
      ? { type: 'ConfigMap', namespace, name: configMapRef.name, key: configMapRef.key }
      : { type: 'File', path: file?.path ?? '' },
    ...(spec.sha256 ? { sha256: spec.sha256 } : {}),
    rootId: spec.rootId ?? '',
    config: spec.config ? JSON.stringify(spec.config) : '',
    phase: spec.phase,
    priority: spec.priority,
    failurePolicy: {
      fetch: spec.failurePolicy?.fetch ?? 'Closed',
      configure: spec.failurePolicy?.configure ?? 'Closed',
      run: spec.failurePolicy?.run ?? 'Closed',
    },
  };
}
