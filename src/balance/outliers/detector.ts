import type { Pulse } from '../../pulse.ts';
import type { PlacedModel } from '../../runtime/delta.ts';
import type { PlacedEndpoint, PlacedUpstream } from '../../runtime/messages.ts';
import { machineMs } from '../clock.ts';
import { authorityOf } from '../endpoints.ts';
import type { HealthLog } from '../health.ts';
import { endpointCell, type SharedState, upstreamCell } from '../shared.ts';
import { Ejections } from './ejection.ts';
import { findOutliers, type Sample } from './judgement.ts';
import { latencyUnitMs } from './reports.ts';

/** Ejections end late by at most this. */
const lookMs = 100;

type Places = Pick<PlacedModel, 'upstreams' | 'endpoints'>;

export interface DetectorOptions {
  readonly log: HealthLog;
  /** An endpoint was ejected. */
  ejected(upstream: string, endpoint: string, reason: string): void;
}

/**
 * Passive health checks on the control thread: looks at what the workers have counted once in an interval, ends ejections, and says
 * what happens. Where no upstream wants it, it has no timer of its own: each beat of `rounds` looks whether one does.
 */
export class OutlierDetector {
  readonly #rounds: Pulse;
  readonly #places: () => Places;
  readonly #shared: SharedState;
  readonly #ejections: Ejections;
  readonly #options: DetectorOptions;
  readonly #round = (): boolean => this.#begin();
  /** Runs while an upstream wants it. */
  #timer: NodeJS.Timeout | undefined;
  /** Upstream id → when its interval is over. */
  readonly #nextAt = new Map<string, number>();
  /** Those that were found ejected, by endpoint slot. */
  readonly #known = new Map<
    number,
    { readonly upstream: PlacedUpstream; readonly endpoint: PlacedEndpoint }
  >();
  /** Upstream id → a count of ejected endpoints that was not that of its endpoints, at the last look. */
  readonly #odd = new Map<string, number>();

  constructor(rounds: Pulse, places: () => Places, shared: SharedState, options: DetectorOptions) {
    this.#rounds = rounds;
    this.#places = places;
    this.#shared = shared;
    this.#ejections = new Ejections(shared);
    this.#options = options;
    rounds.join(this.#round);
  }

  /** @returns whether there is more to look at */
  look(now: number = machineMs()): boolean {
    const { upstreams, endpoints } = this.#places();
    for (const [slot, { upstream, endpoint }] of this.#known) {
      const settings = upstreams.get(upstream.id)?.outlierDetection;
      const stays = endpoints.get(upstream.id)?.some((one) => one.slot === slot);
      // What is not looked at any more must not stay ejected for ever.
      if (!settings || !stays) this.#readmit(upstream, endpoint, now);
    }
    for (const id of this.#nextAt.keys()) if (!upstreams.get(id)?.outlierDetection) this.#nextAt.delete(id);
    for (const upstream of upstreams.values()) {
      if (upstream.outlierDetection) this.#lookAt(upstream, endpoints.get(upstream.id) ?? [], now);
    }
    return this.#nextAt.size > 0 || this.#known.size > 0;
  }

  close(): void {
    this.#rounds.leave(this.#round);
    this.#stop();
  }

  /** From the first upstream that wants it to the last, it has a rhythm of its own. */
  #begin(): boolean {
    if (!this.#timer && this.look()) this.#timer = setInterval(() => this.#goOn(), lookMs).unref();
    return false;
  }

  #goOn(): void {
    if (!this.look()) this.#stop();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #lookAt(upstream: PlacedUpstream, endpoints: readonly PlacedEndpoint[], now: number): void {
    const { intervalMs = 0 } = upstream.outlierDetection ?? {};
    const at = this.#nextAt.get(upstream.id) ?? now + intervalMs;
    this.#nextAt.set(upstream.id, now >= at ? now + intervalMs : at);
    if (now >= at) this.#judge(upstream, endpoints, now);
    let ejected = 0;
    for (const endpoint of endpoints) {
      const left = this.#ejections.leftMs(endpoint.slot, now);
      if (left === undefined) continue;
      if (!this.#known.has(endpoint.slot)) this.#note(upstream, endpoint, left);
      if (left === 0) this.#readmit(upstream, endpoint, now);
      else ejected++;
    }
    this.#mend(upstream, ejected);
  }

  #judge(upstream: PlacedUpstream, endpoints: readonly PlacedEndpoint[], now: number): void {
    const { outlierDetection: settings } = upstream;
    if (!settings) return;
    const samples = endpoints.map(({ slot }) => this.#take(slot));
    const found = findOutliers(samples, settings);
    for (const [i, { slot }] of endpoints.entries()) {
      const slots = { upstream: upstream.slot, endpoint: slot };
      const reason = found[i];
      if (reason) this.#ejections.eject(slots, reason, endpoints.length, settings, now);
      else if (this.#ejections.leftMs(slot, now) === undefined) this.#forgive(slot);
    }
  }

  /** What was counted since the last time. */
  #take(slot: number): Sample {
    const take = (cell: number): number =>
      Atomics.exchange(this.#shared.cells, this.#shared.endpoint(slot, cell), 0);
    const requests = take(endpointCell.requests);
    const errors = take(endpointCell.errors);
    return { requests, errors, latencyMs: take(endpointCell.latency) * latencyUnitMs };
  }

  /** An interval in which it was good shortens its next ejection again. */
  #forgive(slot: number): void {
    const cell = this.#shared.endpoint(slot, endpointCell.ejections);
    const times = Atomics.load(this.#shared.cells, cell);
    if (times > 0) Atomics.compareExchange(this.#shared.cells, cell, times, times - 1);
  }

  #note(upstream: PlacedUpstream, endpoint: PlacedEndpoint, left: number): void {
    this.#known.set(endpoint.slot, { upstream, endpoint });
    const reason = this.#ejections.reason(endpoint.slot);
    const authority = authorityOf(endpoint);
    this.#options.ejected(upstream.id, authority, reason);
    const fields = { upstream: upstream.id, endpoint: authority, reason, forMs: Math.round(left) };
    this.#options.log.warn(fields, 'endpoint ejected');
  }

  #readmit(upstream: PlacedUpstream, endpoint: PlacedEndpoint, now: number): void {
    this.#known.delete(endpoint.slot);
    this.#ejections.readmit({ upstream: upstream.slot, endpoint: endpoint.slot }, now);
    const fields = { upstream: upstream.id, endpoint: authorityOf(endpoint) };
    this.#options.log.info(fields, 'endpoint readmitted');
  }

  /** A worker may eject what is leaving, and then nobody counts it out. */
  #mend({ id, slot }: PlacedUpstream, ejected: number): void {
    const cell = this.#shared.upstream(slot, upstreamCell.ejected);
    const told = Atomics.load(this.#shared.cells, cell);
    if (told === ejected) this.#odd.delete(id);
    else if (this.#odd.get(id) !== told) this.#odd.set(id, told);
    else Atomics.compareExchange(this.#shared.cells, cell, told, ejected);
  }
}
