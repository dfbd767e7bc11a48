import type { PlacedEndpoint } from '../runtime/messages.ts';
import { sinceTick } from './clock.ts';
import { endpointCell, type SharedState } from './shared.ts';

/** `host:port`, an IPv6 address in brackets (RFC 3986 section 3.2.2). */
export function authorityOf({ address, port }: { readonly address: string; readonly port: number }): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** One endpoint of an upstream as a worker sees it. Immutable; what changes are its cells in the shared state. */
export class LiveEndpoint {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly priority: number;
  readonly zone?: string;
  readonly forZones?: readonly string[];
  readonly slot: number;
  /** `host:port`, as logs, metrics and URLs have it. */
  readonly authority: string;
  readonly #shared: SharedState;
  readonly #cells: Int32Array;
  readonly #inFlight: number;
  readonly #unhealthy: number;
  readonly #since: number;

  constructor(placed: PlacedEndpoint, shared: SharedState) {
    const { address, port, weight, priority = 0, zone, forZones, slot } = placed;
    this.address = address;
    this.port = port;
    this.weight = weight;
    this.priority = priority;
    if (zone !== undefined) this.zone = zone;
    if (forZones) this.forZones = forZones;
    this.slot = slot;
    this.authority = authorityOf(placed);
    this.#shared = shared;
    this.#cells = shared.cells;
    this.#inFlight = shared.endpoint(slot, endpointCell.inFlight);
    this.#unhealthy = shared.endpoint(slot, endpointCell.unhealthy);
    this.#since = shared.endpoint(slot, endpointCell.since);
  }

  /** Counts a request; pair it with exactly one `end`. */
  begin(): void {
    this.#shared.countInFlight(this.slot, 1);
  }

  end(): void {
    this.#shared.countInFlight(this.slot, -1);
  }

  /** Requests in flight, of all workers. */
  get inFlight(): number {
    return Atomics.load(this.#cells, this.#inFlight);
  }

  /** False when active health checks say so, or while it is ejected. */
  get healthy(): boolean {
    return Atomics.load(this.#cells, this.#unhealthy) === 0;
  }

  /** Milliseconds since it came, or became healthy again. `now` is `machineMs()`. */
  ageMs(now: number): number {
    return sinceTick(Atomics.load(this.#cells, this.#since), now);
  }
}

/** The endpoints of one upstream in one worker: a living cell beside the snapshots, so that a change of pods compiles nothing. */
export class EndpointSet {
  readonly #shared: SharedState;
  /** What comes for a set may lie unread: to be called before `current` is right. */
  readonly catchUp: () => void;
  /** Mostly one; two while a snapshot follows another. */
  #listeners: readonly (() => void)[] = [];
  #current: readonly LiveEndpoint[] = [];
  #version = 0;

  /** `catchUp`: gives all sets what came for them and nobody has looked at. */
  constructor(shared: SharedState, catchUp: () => void = () => undefined) {
    this.#shared = shared;
    this.catchUp = catchUp;
  }

  get current(): readonly LiveEndpoint[] {
    return this.#current;
  }

  /** Grows with every `replace`. */
  get version(): number {
    return this.#version;
  }

  /**
   * Takes the new whole. An endpoint that is in everything like an old one stays the same object; a new weight, for one, makes a
   * new object on the same slot, so its counts and health stay. Gives the authorities that it has no more.
   */
  replace(placed: readonly PlacedEndpoint[]): readonly string[] {
    const old = new Map(this.#current.map((endpoint) => [identity(endpoint), endpoint]));
    const gone = new Set(this.#current.map(({ authority }) => authority));
    this.#current = placed.map((endpoint) => {
      const known = old.get(identity(endpoint));
      return known && isSame(known, endpoint) ? known : new LiveEndpoint(endpoint, this.#shared);
    });
    this.#version++;
    for (const listener of this.#listeners) listener();
    for (const { authority } of this.#current) gone.delete(authority);
    return [...gone];
  }

  /** `listener` runs after each `replace`; it must not throw. @returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => (this.#listeners = this.#listeners.filter((other) => other !== listener));
  }
}

const identity = ({ address, port, slot }: PlacedEndpoint | LiveEndpoint): string =>
  `${address}:${port}:${slot}`;

const isSame = (live: LiveEndpoint, placed: PlacedEndpoint): boolean =>
  live.weight === placed.weight &&
  live.priority === (placed.priority ?? 0) &&
  live.zone === placed.zone &&
  live.forZones?.join() === placed.forZones?.join();
