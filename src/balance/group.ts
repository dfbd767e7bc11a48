import type { PlacedEndpoint, PlacedUpstream } from '../runtime/messages.ts';
import { machineMs } from './clock.ts';
import type { LiveEndpoint } from './endpoints.ts';
import { capacityOf, panics } from './panic.ts';
import type { Picker, PickSource, Policy } from './policies/policy.ts';
import { policies } from './policies/registry.ts';
import { Warmth } from './warmth.ts';

type Draw = Omit<PickSource, 'panic'>;

/** Endpoints of one upstream that come equally near: of one priority and, where zones are preferred, of this zone or of the others. */
export class Group implements PickSource {
  readonly endpoints: readonly LiveEndpoint[];
  readonly turn: PickSource['turn'];
  readonly random: PickSource['random'];
  panic = false;
  /** What its healthy endpoints can take of all requests, in percent. */
  capacity = 100;
  /** The machine's time from which on nothing of its picker depends on it; 0: nothing does. */
  warmUntil = 0;
  picker: Picker;
  readonly #upstream: PlacedUpstream;
  readonly #policy: Policy;
  #healthy: readonly LiveEndpoint[] = [];

  constructor(endpoints: readonly LiveEndpoint[], upstream: PlacedUpstream, draw: Draw) {
    this.endpoints = endpoints;
    this.turn = draw.turn;
    this.random = draw.random;
    this.#upstream = upstream;
    this.#policy = policies[upstream.loadBalancer];
    this.picker = this.#policy.build(endpoints, upstream);
  }

  /** Looks at the health of its endpoints. `settle` follows. */
  look(): void {
    const { endpoints } = this;
    // Mostly all of them: then there is no second list.
    this.#healthy = endpoints.every(({ healthy }) => healthy)
      ? endpoints
      : endpoints.filter(({ healthy }) => healthy);
    this.capacity = capacityOf(this.#healthy.length, this.endpoints.length);
  }

  /** `short`: all groups together cannot take all requests. */
  settle(short: boolean): void {
    const { slowStart } = this.#upstream;
    this.panic = panics(short, this.#healthy.length, this.endpoints.length, this.#upstream);
    if (this.#policy.ofAll) return;
    const taking = this.panic ? this.endpoints : this.#healthy;
    const warmth = slowStart && Warmth.of(taking, slowStart);
    const now = warmth ? machineMs() : 0;
    this.warmUntil = warmth ? now + warmth.leftMs(taking, now) : 0;
    this.picker = this.#policy.build(taking, { warmth });
  }
}

/** What decides where an endpoint comes. */
type Rankable = Pick<PlacedEndpoint, 'weight' | 'priority' | 'zone' | 'forZones'>;

/** The endpoints of an upstream in groups, those that come first in front. Endpoints that never take requests are in none. */
export function groupsOf(
  all: readonly LiveEndpoint[],
  upstream: PlacedUpstream,
  draw: Draw,
): readonly Group[] {
  return ranksOf(all, upstream).map((endpoints) => new Group(endpoints, upstream, draw));
}

/** What groups are made of. */
export function ranksOf<T extends Rankable>(
  all: readonly T[],
  { loadBalancer, zone, zonePreference = 'Hints' }: PlacedUpstream,
): readonly (readonly T[])[] {
  const byWeight = loadBalancer === 'Weighted' || loadBalancer === 'ConsistentHash';
  const taking = byWeight ? all.filter(({ weight }) => weight > 0) : all;
  const isNear = nearness(all, zone, zonePreference);
  const ranks = new Map<number, T[]>();
  for (const endpoint of taking) {
    const rank = 2 * (endpoint.priority ?? 0) + (isNear(endpoint) ? 0 : 1);
    const others = ranks.get(rank);
    if (others) others.push(endpoint);
    else ranks.set(rank, [endpoint]);
  }
  return [...ranks].toSorted(([a], [b]) => a - b).map(([, endpoints]) => endpoints);
}

/**
 * Hints count only when every endpoint has some, and one of them is for this zone, as for kube-proxy (Kubernetes, "Topology Aware
 * Routing", safeguards): otherwise some endpoints would get nothing from anybody, or this zone would have none.
 */
function nearness(
  all: readonly Rankable[],
  zone: string | undefined,
  preference: NonNullable<PlacedUpstream['zonePreference']>,
): (endpoint: Rankable) => boolean {
  if (zone === undefined || preference === 'Off') return () => true;
  if (preference === 'SameZone') return (endpoint) => endpoint.zone === zone;
  const hinted = all.every(({ forZones }) => forZones !== undefined);
  return hinted ? ({ forZones }) => forZones?.includes(zone) ?? false : () => true;
}
