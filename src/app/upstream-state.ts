import type { EndpointState, UpstreamState } from '../admin/view.ts';
import { Breaker } from '../balance/breaker.ts';
import { machineMs } from '../balance/clock.ts';
import { ranksOf } from '../balance/group.ts';
import type { EndpointHealth, HealthChecker } from '../balance/health.ts';
import { Ejections } from '../balance/outliers/ejection.ts';
import { capacityOf, panics } from '../balance/panic.ts';
import { endpointCell, type SharedState, unhealthyBit } from '../balance/shared.ts';
import type { PlacedModel } from '../runtime/delta.ts';
import type { PlacedEndpoint, PlacedUpstream } from '../runtime/messages.ts';

/** Whether a group of an upstream's endpoints is used whole, because too few of it are healthy. */
export function isPanicking(
  upstream: PlacedUpstream,
  endpoints: readonly PlacedEndpoint[],
  shared: SharedState,
): boolean {
  const groups = ranksOf(endpoints, upstream).map((group) => ({
    size: group.length,
    healthy: group.filter(({ slot }) => reasonsOf(shared, slot) === 0).length,
  }));
  const capacity = groups.reduce((sum, { healthy, size }) => sum + capacityOf(healthy, size), 0);
  return groups.some(({ healthy, size }) => panics(capacity < 100, healthy, size, upstream));
}

/** An upstream as it is now, in all workers. */
export function upstreamState(
  id: string,
  placed: PlacedModel,
  health: HealthChecker,
  shared: SharedState,
): UpstreamState {
  const upstream = placed.upstreams.get(id);
  const endpoints = placed.endpoints.get(id) ?? [];
  const checks = upstream?.healthCheck ? health.state(id) : [];
  return {
    breaker: upstream?.circuitBreaker && new Breaker(upstream.circuitBreaker, upstream.slot, shared).state,
    panic: upstream !== undefined && isPanicking(upstream, endpoints, shared),
    endpoints: endpoints.map((endpoint) => {
      const { address, port } = endpoint;
      const checked = checks.find((check) => check.address === address && check.port === port);
      return endpointState(endpoint, checked, shared);
    }),
  };
}

function endpointState(
  { slot, ...endpoint }: PlacedEndpoint,
  checked: EndpointHealth | undefined,
  shared: SharedState,
): EndpointState {
  const reasons = reasonsOf(shared, slot);
  const ejections = new Ejections(shared);
  const left = ejections.leftMs(slot, machineMs());
  const why = [
    ...(reasons & unhealthyBit.check ? [`health check: ${checked?.lastResult ?? 'failed'}`] : []),
    ...(reasons & unhealthyBit.ejected ? [`ejected: ${ejections.reason(slot)}`] : []),
  ];
  return {
    endpoint,
    healthy: reasons === 0,
    ...(why.length > 0 && { unhealthy: why.join('; ') }),
    ...(left !== undefined && { ejectedUntil: new Date(Date.now() + left).toISOString() }),
    inFlight: Atomics.load(shared.cells, shared.endpoint(slot, endpointCell.inFlight)),
    ...(checked?.lastAt !== undefined && {
      check: { result: checked.lastResult ?? '', at: new Date(checked.lastAt).toISOString() },
    }),
  };
}

const reasonsOf = (shared: SharedState, slot: number): number =>
  Atomics.load(shared.cells, shared.endpoint(slot, endpointCell.unhealthy));
