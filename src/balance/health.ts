import type { HealthCheck } from '../model/upstream.ts';
import type { PlacedEndpoint, PlacedUpstream } from '../runtime/messages.ts';
import { LiveEndpoint } from './endpoints.ts';
import { machineMs, toTick } from './clock.ts';
import { type HealthClock, HealthTarget, type ProbeResult, systemClock } from './health-target.ts';
import { endpointCell, type SharedState, unhealthyBit } from './shared.ts';

/** What the checker needs of a logger; pino's has it. */
export interface HealthLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What is known of an endpoint that is checked, for the admin API. */
export interface EndpointHealth {
  readonly upstream: string;
  readonly address: string;
  readonly port: number;
  readonly healthy: boolean;
  /** Of the last probe, such as `status 200`, `timeout`, `ECONNREFUSED`; undefined before the first has ended. */
  readonly lastResult: string | undefined;
  /** Unix milliseconds. */
  readonly lastAt: number | undefined;
  /** In a row. */
  readonly successes: number;
  readonly failures: number;
}

/** Sends one probe of the upstream's health check. Ends when `signal` aborts, and never rejects. */
export type ProbeEndpoint = (
  upstream: PlacedUpstream,
  endpoint: LiveEndpoint,
  signal: AbortSignal,
) => Promise<ProbeResult>;

interface Checked {
  upstream: PlacedUpstream;
  readonly endpoint: PlacedEndpoint;
  readonly target: HealthTarget;
}

/** Active health checks of all upstreams, once for the process: control thread only. Workers read the cells that it writes. */
export class HealthChecker {
  readonly #shared: SharedState;
  readonly #log: HealthLog;
  readonly #probe: ProbeEndpoint;
  readonly #clock: HealthClock;
  /** By upstream, then by endpoint. */
  readonly #checked = new Map<string, ReadonlyMap<string, Checked>>();

  constructor(shared: SharedState, log: HealthLog, probe: ProbeEndpoint, clock: HealthClock = systemClock) {
    this.#shared = shared;
    this.#log = log;
    this.#probe = probe;
    this.#clock = clock;
  }

  /**
   * Takes the new whole, of which only the upstreams of `ids` may have changed. An endpoint that stays keeps its verdict and its
   * schedule; a changed health check takes effect with both kept; without a health check an endpoint is healthy.
   */
  sync(
    upstreams: ReadonlyMap<string, PlacedUpstream>,
    endpoints: ReadonlyMap<string, readonly PlacedEndpoint[]>,
    ids: Iterable<string> = new Set([...this.#checked.keys(), ...upstreams.keys()]),
  ): void {
    for (const id of ids) {
      const old = this.#checked.get(id);
      const upstream = upstreams.get(id);
      if (!old && !upstream?.healthCheck) continue;
      const next = this.#check(upstream, endpoints.get(id) ?? [], old);
      if (next.size > 0) this.#checked.set(id, next);
      else this.#checked.delete(id);
      for (const [key, checked] of old ?? []) if (!next.has(key)) this.#stop(checked, upstreams, endpoints);
    }
  }

  #check(
    upstream: PlacedUpstream | undefined,
    endpoints: readonly PlacedEndpoint[],
    old: ReadonlyMap<string, Checked> | undefined,
  ): ReadonlyMap<string, Checked> {
    const next = new Map<string, Checked>();
    const healthCheck = upstream?.healthCheck;
    if (!healthCheck) return next;
    for (const endpoint of endpoints) {
      const key = `${upstream.slot} ${endpoint.address} ${endpoint.port} ${endpoint.slot}`;
      const known = old?.get(key);
      if (known) known.upstream = upstream;
      if (known && !sameCheck(known.target.settings, healthCheck)) known.target.change(healthCheck);
      next.set(key, known ?? this.#start(upstream, endpoint, healthCheck));
    }
    return next;
  }

  /** All that are checked, or those of one upstream. */
  state(upstreamId?: string): readonly EndpointHealth[] {
    const one = upstreamId === undefined ? undefined : this.#checked.get(upstreamId);
    const checked = upstreamId === undefined ? [...this.#checked.values()] : one ? [one] : [];
    return checked
      .flatMap((all) => [...all.values()])
      .map(({ upstream, endpoint, target }) => ({
        upstream: upstream.id,
        address: endpoint.address,
        port: endpoint.port,
        healthy: target.healthy,
        lastResult: target.last?.result,
        lastAt: target.last?.at,
        successes: target.successes,
        failures: target.failures,
      }));
  }

  /** Ends all probes; the last verdicts stay. */
  close(): void {
    for (const all of this.#checked.values()) for (const { target } of all.values()) target.stop();
    this.#checked.clear();
  }

  #start(upstream: PlacedUpstream, endpoint: PlacedEndpoint, settings: HealthCheck): Checked {
    const live = new LiveEndpoint(endpoint, this.#shared);
    const target: HealthTarget = new HealthTarget(
      settings,
      (signal) => this.#probe(checked.upstream, live, signal),
      this.#clock,
      () => {
        this.#write(upstream, endpoint, target.healthy);
        const { successes, failures, last } = target;
        const fields = {
          upstream: upstream.id,
          endpoint: live.authority,
          result: last?.result,
        };
        if (target.healthy) this.#log.info({ ...fields, successes }, 'endpoint became healthy');
        else this.#log.warn({ ...fields, failures }, 'endpoint became unhealthy');
      },
    );
    const checked: Checked = { upstream, endpoint, target };
    return checked;
  }

  /** The cell goes back to healthy only while it is still that endpoint's: its slot may be another's by now. */
  #stop(
    { upstream, endpoint, target }: Checked,
    upstreams: ReadonlyMap<string, PlacedUpstream>,
    endpoints: ReadonlyMap<string, readonly PlacedEndpoint[]>,
  ): void {
    target.stop();
    const stays =
      upstreams.get(upstream.id)?.slot === upstream.slot &&
      endpoints.get(upstream.id)?.some(({ slot }) => slot === endpoint.slot);
    if (stays && !target.healthy) this.#write(upstream, endpoint, true);
  }

  /** The bit first: a worker that sees the new count of changes must see the bit. */
  #write(upstream: PlacedUpstream, endpoint: PlacedEndpoint, healthy: boolean): void {
    const { cells } = this.#shared;
    const cell = this.#shared.endpoint(endpoint.slot, endpointCell.unhealthy);
    const since = this.#shared.endpoint(endpoint.slot, endpointCell.since);
    if (healthy) Atomics.store(cells, since, toTick(machineMs()));
    if (healthy) Atomics.and(cells, cell, ~unhealthyBit.check);
    else Atomics.or(cells, cell, unhealthyBit.check);
    this.#shared.touch(upstream.slot);
  }
}

const sameCheck = (a: HealthCheck, b: HealthCheck): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b);
