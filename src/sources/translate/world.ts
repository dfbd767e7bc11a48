import type { Route } from '../../model/model.ts';
import type { Plugin } from '../../model/plugin.ts';
import type { Endpoint, Upstream } from '../../model/upstream.ts';
import type { ToldService } from './annotations.ts';
import { Pool } from './pool.ts';
import { thingOf, type Readers } from './readers.ts';
import type { Target } from './targets.ts';
import type { Verdict } from './verdict.ts';

/** Where the endpoints of an upstream come from. */
export interface Backing {
  readonly service: string;
  readonly port: number;
}

/** All that has been made, by whatever unit. */
export class Pools {
  readonly routes = new Pool<Route>();
  readonly upstreams = new Pool<Upstream>();
  readonly plugins = new Pool<Plugin>();
  readonly targets = new Pool<readonly Target[]>((lists) => lists.flat());
  readonly fixed = new Pool<readonly Endpoint[]>();
  readonly backings = new Pool<Backing>();
  readonly annotated = new Pool<ToldService>();
  readonly tls = new Pool<readonly (readonly string[])[]>((lists) => lists.flat());
  readonly secrets = new Pool<true>();
  readonly configMaps = new Pool<true>();
  /** Of a Service there may be two: of itself, and of its routes. */
  readonly verdicts = new Pool<Verdict>(([first, ...others]) => ({
    ...(first as Verdict),
    warnings: [first as Verdict, ...others].flatMap(({ warnings }) => warnings),
  }));
}

/** What one unit makes; what it asks of others, it finds where they put it. */
export class World {
  readonly routes = new Map<string, Route>();
  readonly upstreams: Map<string, Upstream>;
  readonly plugins: Map<string, Plugin>;
  /** By namespace: which rules get a plugin without naming it. */
  readonly targets: Map<string, readonly Target[]>;
  readonly fixed = new Map<string, readonly Endpoint[]>();
  readonly backings: Map<string, Backing>;
  /** By Service. */
  readonly annotated: Map<string, ToldService>;
  /** Secret id → hosts of each route that names it. */
  readonly tls = new Map<string, (readonly string[])[]>();
  /** Ids of Secrets with names and passwords. */
  readonly passwordSecrets = new Set<string>();
  /** Ids of Secrets with which plugins are fetched. */
  readonly pullSecrets = new Set<string>();
  /** Ids of Secrets that the TLS of upstreams is made of. */
  readonly upstreamSecrets = new Set<string>();
  /** The same of ConfigMaps. */
  readonly upstreamConfigMaps = new Set<string>();
  readonly verdicts = new Map<string, Verdict>();

  constructor(pools: Pools, readers: Readers, unit: string) {
    const over = <V>(kind: string, pool: Pool<V>): Map<string, V> => new Layer(pool, kind, readers, unit);
    this.upstreams = over('upstreams', pools.upstreams);
    this.plugins = over('plugins', pools.plugins);
    this.targets = over('targets', pools.targets);
    this.backings = over('backings', pools.backings);
    this.annotated = over('annotated', pools.annotated);
  }

  /** Ids of all Secrets that are named. */
  get secrets(): ReadonlySet<string> {
    return new Set([
      ...this.tls.keys(),
      ...this.passwordSecrets,
      ...this.pullSecrets,
      ...this.upstreamSecrets,
    ]);
  }

  /** Puts all of it where the others find it. @returns how to take it back */
  put(pools: Pools, unit: string): readonly Put[] {
    const puts: Put[] = [];
    const one = <V>(pool: Pool<V>, id: string, value: V): void => {
      pool.put(id, unit, value);
      puts.push({ pool: pool as Pool<unknown>, id });
    };
    const all = <V>(pool: Pool<V>, made: Iterable<readonly [string, V]>): void => {
      for (const [id, value] of made) one(pool, id, value);
    };
    all(pools.routes, this.routes);
    all(pools.upstreams, this.upstreams);
    all(pools.plugins, this.plugins);
    all(pools.targets, this.targets);
    all(pools.fixed, this.fixed);
    all(pools.backings, this.backings);
    all(pools.annotated, this.annotated);
    all(pools.tls, this.tls);
    for (const id of this.secrets) one(pools.secrets, id, true);
    for (const id of this.upstreamConfigMaps) one(pools.configMaps, id, true);
    all(pools.verdicts, this.verdicts);
    return puts;
  }
}

/** One value that a unit has put into a pool. */
export interface Put {
  readonly pool: Pool<unknown>;
  readonly id: string;
}

/** What a unit makes of one kind, over what the others have made of it; walking through it shows its own only. */
class Layer<V> extends Map<string, V> {
  readonly #pool: Pool<V>;
  readonly #kind: string;
  readonly #readers: Readers;
  readonly #unit: string;

  constructor(pool: Pool<V>, kind: string, readers: Readers, unit: string) {
    super();
    this.#pool = pool;
    this.#kind = kind;
    this.#readers = readers;
    this.#unit = unit;
  }

  override get(id: string): V | undefined {
    if (super.has(id)) return super.get(id);
    this.#readers.note(thingOf(this.#kind, id));
    return this.#pool.values.get(id);
  }

  override has(id: string): boolean {
    if (super.has(id)) return true;
    this.#readers.note(thingOf(this.#kind, id));
    return this.#pool.isHeldBeside(id, this.#unit);
  }
}
