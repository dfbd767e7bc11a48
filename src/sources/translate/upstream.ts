import { isIP } from 'node:net';
import type { LoomUpstreamSpec } from '../../api/types.gen.ts';
import { toMs } from '../../model/duration.ts';
import type { Endpoint, Protocol, Upstream } from '../../model/upstream.ts';
import { toBalancing } from './balancing.ts';
import { toHealthCheck, toOutlierDetection } from './health.ts';

/** `appProtocol` of a Service port (KEP-3726 and the names in use before it); what is not here is HTTP/1.1. */
const byAppProtocol: Readonly<Record<string, Protocol>> = {
  'kubernetes.io/h2c': 'H2c',
  h2c: 'H2c',
  http2: 'H2c',
  https: 'Https',
  'kubernetes.io/wss': 'Https',
  h2: 'H2',
  grpc: 'Grpc',
  grpcs: 'Grpcs',
};
const overTls = new Set<Protocol>(['Https', 'H2', 'Grpcs']);

/** What a port of a Service says of itself. */
export const protocolOf = (appProtocol: string | undefined): Protocol =>
  byAppProtocol[appProtocol?.toLowerCase() ?? ''] ?? 'Http';

/** What balances the endpoints of a Service port that a route names directly. `service` is `namespace/name`. */
export function plainUpstream(id: string, service: string, appProtocol: string | undefined): Upstream {
  const wire = wireOf(protocolOf(appProtocol), {}, serviceName(service));
  return { id, ...wire, loadBalancer: 'RoundRobin', connectTimeoutMs: 5000 };
}

/** The name by which the pods of a Service are known within a cluster; undefined outside of one. */
function serviceName(key: string): string | undefined {
  const [namespace, name] = key.split('/');
  return name === undefined ? undefined : `${name}.${namespace}.svc`;
}

type Wire = Pick<Upstream, 'protocol' | 'tls'>;

function wireOf(
  protocol: Protocol,
  { serverName, ca, insecureSkipVerify }: NonNullable<LoomUpstreamSpec['tls']>,
  service: string | undefined,
): Wire {
  if (protocol === 'Http') return {};
  if (!overTls.has(protocol)) return { protocol };
  const name = serverName ?? service;
  return {
    protocol,
    tls: {
      ...(name === undefined ? {} : { serverName: name }),
      ...(ca === undefined ? {} : { ca }),
      ...(insecureSkipVerify ? { insecureSkipVerify } : {}),
    },
  };
}

/**
 * `namespace`: that of the Service, empty outside of a cluster. `secret`: what is the same for this upstream in every replica, and
 * known to nobody outside. What Secrets hold comes later.
 */
export function toUpstream(
  id: string,
  namespace: string,
  spec: LoomUpstreamSpec,
  secret: string | undefined,
): Upstream {
  const { healthCheck, outlierDetection, circuitBreaker, limits, pool, dns, serviceRef } = spec;
  const service = serviceRef
    ? serviceName(namespace ? `${namespace}/${serviceRef.name}` : serviceRef.name)
    : dns && spec.endpoints?.map(({ address }) => address).find((address) => isIP(address) === 0);
  return {
    id,
    ...wireOf(spec.protocol, spec.tls ?? {}, service),
    ...(spec.proxyProtocol && { proxyProtocol: spec.proxyProtocol }),
    ...toBalancing(spec, secret),
    connectTimeoutMs: toMs(spec.connectTimeout),
    ...(healthCheck && {
      healthCheck: toHealthCheck(healthCheck),
    }),
    ...(outlierDetection && { outlierDetection: toOutlierDetection(outlierDetection) }),
    ...(circuitBreaker && {
      circuitBreaker: {
        failureThreshold: circuitBreaker.failureThreshold,
        successThreshold: circuitBreaker.successThreshold,
        timeoutMs: toMs(circuitBreaker.timeout),
        statuses: circuitBreaker.statuses,
      },
    }),
    ...(limits && { limits }),
    ...(dns && {
      dns: {
        family: dns.family,
        minIntervalMs: toMs(dns.minInterval),
        maxIntervalMs: toMs(dns.maxInterval),
      },
    }),
    ...(pool && {
      pool: {
        ...(pool.prewarm > 0 && { prewarm: pool.prewarm }),
        idleMs: toMs(pool.idleTimeout),
        maxRequests: pool.maxRequests,
        maxAgeMs: toMs(pool.maxAge),
      },
    }),
  };
}

export function toEndpoints(spec: LoomUpstreamSpec): readonly Endpoint[] {
  return (spec.endpoints ?? []).map(({ address, port, weight, priority, zone }) => ({
    address,
    port,
    weight,
    ...(priority > 0 && { priority }),
    ...(zone !== undefined && { zone }),
  }));
}
