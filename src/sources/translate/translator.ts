import type { Certificate, Model } from '../../model/model.ts';
import type { Kind, ObjectSet } from '../objects.ts';
import type { Scope } from '../scope.ts';
import { AnnotationReader } from './annotations.ts';
import { CertificateMemo } from './certificates.ts';
import { everything, type ObjectChanges, type TranslationChanges } from './changes.ts';
import { Claims, compareRoutes } from './conflicts.ts';
import { EndpointTable } from './endpoint-table.ts';
import { PluginStep } from './plugin-step.ts';
import { notedObjects, Readers, readersOf, thingOf } from './readers.ts';
import { Resolver } from './resolver.ts';
import { AnnotatedRouteStep, RouteStep } from './route-step.ts';
import { ServiceStep } from './service-step.ts';
import type { Step } from './step.ts';
import { Targeting } from './targets.ts';
import { UpstreamStep } from './upstream-step.ts';
import { TlsMemo } from './upstream-tls.ts';
import { type Verdict, withConflicts } from './verdict.ts';
import { Pools, type Put, World } from './world.ts';

export interface Translation {
  readonly model: Model;
  /** By `Kind:namespace/name`. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
  /** Secrets that routes and plugins name, whether they exist or not. */
  readonly secrets: ReadonlySet<string>;
  /** Those whose authorities are believed; plugins come from others. */
  readonly configMaps: ReadonlySet<string>;
}

export interface TranslateOptions {
  /** Whether annotations of other gateways count where they have a counterpart. */
  readonly compatAnnotations?: boolean;
  /** Who writes upstreams must not reach the machine itself: they are told where an endpoint would. */
  readonly foreignOnly?: boolean;
}

/** What a step has made of one object, and what it asked for to make it. */
interface Unit {
  readonly asked: readonly string[];
  readonly puts: readonly Put[];
}

/**
 * Objects to Model. What is made of an object is made again only when the object changes, or something that was asked for while
 * it was made: a Service, a grant, whether there is an upstream of that name. What did not change keeps its identity, so that only
 * differences travel on. The same objects give the same model, whatever came before, but for the last valid version of an object
 * that is invalid now. Never throws for what a user wrote: the verdicts say what is wrong, and the neighbours go on.
 */
export class Translator {
  readonly #steps: readonly Step[];
  readonly #units = new Map<string, Unit>();
  /** Keys to be made, by step. */
  readonly #stale: readonly Set<string>[];
  readonly #readers = new Readers();
  readonly #pools = new Pools();
  readonly #resolver = new Resolver();
  readonly #claims = new Claims();
  readonly #endpoints = new EndpointTable(this.#pools);
  readonly #memo = new CertificateMemo();
  readonly #certificates = new Map<string, Certificate>();
  readonly #verdicts = new Map<string, Verdict>();
  #objects: ObjectSet | undefined;
  readonly #noted: ObjectSet = notedObjects(() => this.#objects as ObjectSet, this.#readers);

  constructor(scope: Scope = {}, options: TranslateOptions = {}) {
    const tls = new TlsMemo();
    const targeting = new Targeting();
    const annotations = new AnnotationReader(options.compatAnnotations);
    // Each finds what those before it have put.
    this.#steps = [
      new UpstreamStep(scope, tls, options.foreignOnly),
      new ServiceStep(scope, annotations, tls),
      new PluginStep(scope, this.#resolver),
      new RouteStep(scope, this.#resolver, targeting),
      new AnnotatedRouteStep(this.#resolver, targeting),
    ];
    this.#stale = this.#steps.map(() => new Set());
  }

  /** How many objects and parts of objects are remembered. */
  get units(): number {
    return this.#units.size;
  }

  /** All that is known, as it is now: it changes with each `update`. */
  get model(): Model {
    const { routes, upstreams, plugins } = this.#pools;
    return {
      routes: routes.values,
      upstreams: upstreams.values,
      plugins: plugins.values,
      certificates: this.#certificates,
      endpoints: this.#endpoints.endpoints,
    };
  }

  /** By `Kind:namespace/name`; changes as the model does. */
  get verdicts(): ReadonlyMap<string, Verdict> {
    return this.#verdicts;
  }

  /** What is named now, as a copy. */
  get wanted(): Pick<Translation, 'secrets' | 'configMaps'> {
    const { secrets, configMaps } = this.#pools;
    return { secrets: new Set(secrets.values.keys()), configMaps: new Set(configMaps.values.keys()) };
  }

  /** Looks at all objects. The result is a copy, its routes the oldest first. */
  translate(objects: ObjectSet): Translation {
    this.update(objects, everything);
    const { model, verdicts, wanted } = this;
    const routes = [...model.routes].toSorted(([, a], [, b]) => compareRoutes(a, b));
    return {
      model: {
        routes: new Map(routes),
        upstreams: new Map(model.upstreams),
        plugins: new Map(model.plugins),
        certificates: new Map(model.certificates),
        endpoints: new Map(model.endpoints),
      },
      verdicts: new Map(verdicts),
      ...wanted,
    };
  }

  /** Looks at the objects that changed since the last call. @returns what is another now */
  update(objects: ObjectSet, changes: ObjectChanges): TranslationChanges {
    this.#objects = objects;
    for (const [kind, keys] of changes) {
      if (keys === 'all') this.#markAll(kind, objects[kind]);
      else for (const key of keys) this.#mark(kind, key);
    }
    const changed = this.#makeStale();
    const services = keysOf(changes, 'Service');
    const slices = keysOf(changes, 'EndpointSlice');
    const { backings, fixed, verdicts, ...rest } = changed;
    for (const id of rest.upstreams) if (!this.#pools.upstreams.values.has(id)) this.#resolver.forget(id);
    return {
      routes: rest.routes,
      upstreams: rest.upstreams,
      plugins: rest.plugins,
      certificates: this.#certify(changed.tls, objects),
      endpoints: this.#endpoints.update(objects, [...backings, ...fixed], services, slices),
      verdicts: this.#judge(verdicts, rest.routes),
      wanted: rest.secrets.size > 0 || rest.configMaps.size > 0,
    };
  }

  #mark(kind: Kind, key: string): void {
    this.#steps.forEach((step, number) => {
      if (step.kind === kind && !step.after) this.#stale[number]?.add(key);
    });
    for (const unit of readersOf(this.#readers, kind, key)) this.#markUnit(unit);
  }

  #markAll(kind: Kind, objects: ReadonlyMap<string, unknown>): void {
    this.#steps.forEach((step, number) => {
      if (step.kind === kind && !step.after) for (const key of objects.keys()) this.#stale[number]?.add(key);
    });
    for (const unit of this.#units.keys()) {
      if (this.#steps[numberOf(unit)]?.kind === kind) this.#markUnit(unit);
    }
    for (const unit of this.#readers.ofAll(kind)) this.#markUnit(unit);
  }

  #markUnit(unit: string): void {
    this.#stale[numberOf(unit)]?.add(unit.slice(unit.indexOf(' ') + 1));
  }

  /** Makes what is stale, and what that makes stale. @returns ids that changed, by pool */
  #makeStale(): Readonly<Record<keyof Pools, ReadonlySet<string>>> {
    // Most changes are of endpoints, which no step makes anything of.
    if (this.#stale.every((keys) => keys.size === 0)) return nothingChanged;
    const changed = newChangedIds();
    this.#stale.forEach((keys, number) => {
      if (keys.size === 0) return;
      for (const key of keys) this.#make(number, key);
      keys.clear();
      for (const name of poolNames)
        for (const id of this.#pools[name].settle()) this.#settled(name, id, changed[name]);
    });
    return changed;
  }

  #settled(name: keyof Pools, id: string, changed: Set<string>): void {
    changed.add(id);
    for (const unit of this.#readers.of(thingOf(name, id))) this.#markUnit(unit);
    this.#steps.forEach((step, later) => step.after === name && this.#stale[later]?.add(id));
  }

  #make(number: number, key: string): void {
    const step = this.#steps[number] as Step;
    const unit = `${number} ${key}`;
    const before = this.#units.get(unit);
    for (const { pool, id } of before?.puts ?? []) pool.drop(id, unit);
    const world = new World(this.#pools, this.#readers, unit);
    const object = (this.#objects as ObjectSet)[step.kind].get(key);
    const asked = this.#readers.during(() => step.make(key, object, this.#noted, world));
    const puts = world.put(this.#pools, unit);
    this.#readers.set(unit, asked, before?.asked ?? []);
    if (puts.length > 0 || asked.length > 0) this.#units.set(unit, { asked, puts });
    else this.#units.delete(unit);
  }

  #certify(ids: ReadonlySet<string>, objects: ObjectSet): ReadonlySet<string> {
    const changed = new Set<string>();
    for (const id of ids) {
      const hostLists = this.#pools.tls.values.get(id);
      const secret = objects.Secret.get(id);
      const hosts = hostLists?.some((list) => list.length === 0)
        ? []
        : [...new Set(hostLists?.flat())].toSorted();
      const certificate = hostLists && secret && this.#memo.resolve(id, secret, hosts);
      if (!hostLists) this.#memo.forget(id);
      if (certificate === this.#certificates.get(id)) continue;
      changed.add(id);
      if (certificate) this.#certificates.set(id, certificate);
      else this.#certificates.delete(id);
    }
    return changed;
  }

  /** What changed in the verdicts, also because other routes claim something else now. */
  #judge(verdicts: ReadonlySet<string>, routes: ReadonlySet<string>): ReadonlySet<string> {
    const changed = new Set(verdicts);
    for (const id of routes) {
      const touched = this.#claims.set(id, this.#pools.routes.values.get(id));
      for (const other of touched) changed.add(`LoomRoute:${other}`);
    }
    for (const key of changed) {
      const told = this.#pools.verdicts.values.get(key);
      const isRoute = key.startsWith('LoomRoute:');
      const verdict = told && isRoute ? withConflicts(told, this.#claims.lost(told.id)) : told;
      if (verdict) this.#verdicts.set(key, verdict);
      else this.#verdicts.delete(key);
    }
    return changed;
  }
}

type ChangedIds = Readonly<Record<keyof Pools, Set<string>>>;

const poolNames = Object.keys(new Pools()) as readonly (keyof Pools)[];
const newChangedIds = (): ChangedIds =>
  Object.fromEntries(poolNames.map((name) => [name, new Set<string>()])) as ChangedIds;
const nothingChanged: Readonly<Record<keyof Pools, ReadonlySet<string>>> = newChangedIds();

const numberOf = (unit: string): number => Number(unit.slice(0, unit.indexOf(' ')));

/** undefined: all. */
function keysOf(changes: ObjectChanges, kind: Kind): ReadonlySet<string> | undefined {
  const keys = changes.get(kind) ?? new Set<string>();
  return keys === 'all' ? undefined : keys;
}
