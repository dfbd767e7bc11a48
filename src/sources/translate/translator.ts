import type { KubeObject } from '../../api/core.ts';
import type { LoomUpstreamSpec, WasmPluginSpec } from '../../api/types.gen.ts';
import type { Certificate, Model, Route } from '../../model/model.ts';
import type { Endpoint } from '../../model/upstream.ts';
import type { ConditionState, ObjectSet, Warning } from '../objects.ts';
import { Admitter, type Admission } from './admit.ts';
import { AnnotationReader } from './annotations.ts';
import { CertificateMemo } from './certificates.ts';
import { checkService, checkSource } from './checks.ts';
import { compareRoutes, findConflicts, type Conflict } from './conflicts.ts';
import { EndpointMemo, slicesByService } from './endpoints.ts';
import { Resolver } from './resolver.ts';
import { idOf, toRoute } from './route.ts';
import { toPlugin } from './plugin.ts';
import { Targeting, toTargets } from './targets.ts';
import { toEndpoints, toUpstream } from './upstream.ts';
import { TlsMemo, tlsWarnings } from './upstream-tls.ts';
import { accepted, refused, resolved, type Verdict } from './verdict.ts';
import { World, type Backing } from './world.ts';

export interface Translation {
  readonly model: Model;
  /** By `Kind:namespace/name`. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
  /** Secrets that routes and plugins name, whether they exist or not. */
  readonly secrets: ReadonlySet<string>;
  /** Those whose authorities are believed; plugins come from others. */
  readonly configMaps: ReadonlySet<string>;
}

const noWarnings: readonly Warning[] = [];
const isOwn = (object: KubeObject, className: string | undefined): boolean =>
  (object as { spec?: { className?: unknown } }).spec?.className === className;

/**
 * Objects to Model. Always looks at everything that a source knows, and gives the same model for the same objects; what
 * did not change keeps its identity from one call to the next, so that only differences travel on. Never throws for what
 * a user wrote: the verdicts say what is wrong, and the neighbours go on.
 */
export class Translator {
  readonly #className: string | undefined;
  readonly #upstreams = new Admitter('LoomUpstream');
  readonly #plugins = new Admitter('WasmPlugin');
  readonly #routes = new Admitter('LoomRoute');
  readonly #annotations = new AnnotationReader();
  readonly #made = new WeakMap<KubeObject, unknown>();
  readonly #resolver = new Resolver();
  readonly #targeting = new Targeting();
  readonly #endpoints = new EndpointMemo();
  readonly #certificates = new CertificateMemo();
  readonly #tls = new TlsMemo();
  #backings: ReadonlyMap<string, Backing> = new Map();
  #fixed: ReadonlyMap<string, readonly Endpoint[]> = new Map();

  /** `className`: objects of that class; undefined: objects without a class. */
  constructor(className?: string) {
    this.#className = className;
  }

  translate(objects: ObjectSet): Translation {
    const verdicts = new Map<string, Verdict>();
    const world = new World();
    this.#translateUpstreams(objects, world, verdicts);
    this.#translateServices(objects, world, verdicts);
    this.#translatePlugins(objects, world, verdicts);
    const told = this.#translateRoutes(objects, world, verdicts);
    this.#backings = world.backings;
    this.#fixed = world.fixed;
    const model = {
      routes: new Map(told.toSorted(compareRoutes).map((route) => [route.id, route])),
      upstreams: world.upstreams,
      plugins: world.plugins,
      certificates: this.#resolveCertificates(objects, world),
      endpoints: this.endpoints(objects),
    };
    this.#forget(objects, world);
    const secrets = new Set([...world.tls.keys(), ...world.pullSecrets, ...world.upstreamSecrets]);
    return { model, verdicts, secrets, configMaps: world.upstreamConfigMaps };
  }

  /** The endpoints alone, for changes that touch nothing else: those of the upstreams of the last translation. */
  endpoints(objects: ObjectSet): ReadonlyMap<string, readonly Endpoint[]> {
    const slices = slicesByService(objects.EndpointSlice);
    const endpoints = new Map(this.#fixed);
    for (const [id, { service, port }] of this.#backings) {
      endpoints.set(id, this.#endpoints.resolve(id, objects.Service.get(service), port, slices.get(service)));
    }
    return endpoints;
  }

  #translateUpstreams(objects: ObjectSet, world: World, verdicts: Map<string, Verdict>): void {
    for (const [key, object] of objects.LoomUpstream) {
      if (!isOwn(object, this.#className)) continue;
      const admission = this.#upstreams.admit(key, object);
      let refs = resolved;
      let warnings = noWarnings;
      if (admission.admitted) {
        const { spec, version } = admission.admitted;
        const { namespace = '' } = object.metadata;
        const told = this.#make(version, () => toUpstream(key, namespace, spec, object.metadata.uid));
        const secured = this.#tls.resolve(told, namespace, spec, objects, world);
        world.upstreams.set(key, secured.upstream);
        warnings = tlsWarnings(told);
        refs = this.#backUpstream(key, object.metadata.namespace, spec, objects, world);
        if (refs === resolved) refs = secured.condition;
      }
      verdicts.set(`LoomUpstream:${key}`, { ...verdictOf(object, key, admission, refs), warnings });
    }
  }

  #backUpstream(
    id: string,
    namespace: string | undefined,
    spec: LoomUpstreamSpec,
    objects: ObjectSet,
    world: World,
  ): ConditionState {
    if (!spec.serviceRef) {
      world.fixed.set(id, toEndpointsOnce(spec));
      return resolved;
    }
    const service = idOf(namespace, spec.serviceRef.name);
    world.backings.set(id, { service, port: spec.serviceRef.port });
    return (
      checkService(objects.Service.get(service), service, spec.serviceRef.port, 'spec.serviceRef') ?? resolved
    );
  }

  #translateServices(objects: ObjectSet, world: World, verdicts: Map<string, Verdict>): void {
    if (this.#className !== undefined) return;
    for (const [key, service] of objects.Service) {
      if (!service.metadata.annotations) continue;
      const told = this.#make(service, () => this.#annotations.read(key, service));
      if (!told) continue;
      const warnings = [...told.warnings];
      if (told.upstream && world.upstreams.has(key)) {
        warnings.push({
          reason: 'Conflicted',
          message: `the LoomUpstream ${key} has the same name and is used instead`,
        });
      } else if (told.upstream) {
        const { upstream, spec } = told.upstream;
        const secured = this.#tls.resolve(upstream, told.namespace, spec, objects, world);
        world.upstreams.set(key, secured.upstream);
        warnings.push(...tlsWarnings(upstream));
        if (secured.condition !== resolved)
          warnings.push({ reason: secured.condition.reason, message: secured.condition.message });
        world.backings.set(key, { service: key, port: told.upstream.port });
      }
      world.annotated.push(told);
      verdicts.set(`Service:${key}`, {
        object: service,
        id: key,
        served: true,
        accepted,
        resolvedRefs: resolved,
        problems: [],
        warnings,
      });
    }
  }

  #translatePlugins(objects: ObjectSet, world: World, verdicts: Map<string, Verdict>): void {
    for (const [key, object] of objects.WasmPlugin) {
      if (!isOwn(object, this.#className)) continue;
      const admission = this.#plugins.admit(key, object);
      let refs = resolved;
      if (admission.admitted) {
        const { spec, version } = admission.admitted;
        const plugin = this.#make(version, () => toPlugin(key, object.metadata.namespace ?? '', spec));
        const namespace = object.metadata.namespace ?? '';
        const calls = this.#resolver.resolveCalls(plugin, namespace, objects, world);
        world.plugins.set(key, calls.plugin);
        addTargets(world, key, object.metadata.namespace ?? '', spec);
        if ('pullSecret' in plugin.source && plugin.source.pullSecret)
          world.pullSecrets.add(plugin.source.pullSecret);
        refs = checkSource(plugin, objects) ?? calls.condition ?? resolved;
      }
      verdicts.set(`WasmPlugin:${key}`, verdictOf(object, key, admission, refs));
    }
  }

  #translateRoutes(objects: ObjectSet, world: World, verdicts: Map<string, Verdict>): Route[] {
    const routes: Route[] = [];
    const judged: { key: string; verdict: Verdict; route: Route }[] = [];
    for (const [key, object] of objects.LoomRoute) {
      if (!isOwn(object, this.#className)) continue;
      const admission = this.#routes.admit(key, object);
      if (!admission.admitted) {
        verdicts.set(`LoomRoute:${key}`, verdictOf(object, key, admission, resolved));
        continue;
      }
      const { spec, version } = admission.admitted;
      const { namespace = '', creationTimestamp: created = '' } = object.metadata;
      const told = this.#make(version, () => toRoute(spec, { id: key, namespace, created }));
      const { route: own, condition } = this.#resolver.resolve(told, namespace, objects, world);
      const route = this.#targeting.apply(own, world.targets.get(namespace), world.backings);
      routes.push(route);
      judged.push({ key: `LoomRoute:${key}`, verdict: verdictOf(object, key, admission, condition), route });
    }
    for (const service of world.annotated) {
      for (const told of service.routes) {
        const namespace = service.namespace;
        const { route, condition } = this.#resolver.resolve(told, namespace, objects, world);
        routes.push(this.#targeting.apply(route, world.targets.get(namespace), world.backings));
        if (condition.status === 'False') {
          const key = `Service:${service.key}`;
          const verdict = verdicts.get(key) as Verdict;
          const warning = { reason: condition.reason, message: `route ${route.id}: ${condition.message}` };
          verdicts.set(key, { ...verdict, warnings: [...verdict.warnings, warning] });
        }
      }
    }
    const conflicts = findConflicts(routes.toSorted(compareRoutes));
    for (const { key, verdict, route } of judged) {
      verdicts.set(key, withConflicts(verdict, conflicts.get(route.id)));
    }
    return routes;
  }

  #resolveCertificates(objects: ObjectSet, world: World): ReadonlyMap<string, Certificate> {
    const certificates = new Map<string, Certificate>();
    for (const [id, hostLists] of world.tls) {
      const secret = objects.Secret.get(id);
      const hosts = hostLists.some((list) => list.length === 0)
        ? []
        : [...new Set(hostLists.flat())].toSorted();
      const certificate = secret && this.#certificates.resolve(id, secret, hosts);
      if (certificate) certificates.set(id, certificate);
    }
    return certificates;
  }

  /** One result per version of an object, whatever the number of translations. */
  #make<T>(version: KubeObject, make: () => T): T {
    if (!this.#made.has(version)) this.#made.set(version, make());
    return this.#made.get(version) as T;
  }

  #forget(objects: ObjectSet, world: World): void {
    this.#upstreams.keep(objects.LoomUpstream);
    this.#plugins.keep(objects.WasmPlugin);
    this.#routes.keep(objects.LoomRoute);
    this.#annotations.keep(
      new Set(world.annotated.flatMap(({ routes }) => routes.map(({ route }) => route.id))),
    );
    this.#endpoints.keep(world.backings);
    this.#certificates.keep(world.tls);
    this.#resolver.keep(world.upstreams);
  }
}

const endpointsOfSpec = new WeakMap<LoomUpstreamSpec, readonly Endpoint[]>();

function toEndpointsOnce(spec: LoomUpstreamSpec): readonly Endpoint[] {
  let endpoints = endpointsOfSpec.get(spec);
  if (!endpoints) endpointsOfSpec.set(spec, (endpoints = toEndpoints(spec)));
  return endpoints;
}

function verdictOf(
  object: KubeObject,
  id: string,
  { admitted, condition, problems }: Admission<unknown>,
  resolvedRefs: ConditionState,
): Verdict {
  return {
    object,
    id,
    served: admitted !== undefined,
    accepted: condition,
    resolvedRefs,
    problems,
    warnings: noWarnings,
  };
}

function withConflicts(verdict: Verdict, conflicts: readonly Conflict[] | undefined): Verdict {
  if (!conflicts || verdict.accepted.status === 'False') return verdict;
  const lost = conflicts
    .slice(0, 8)
    .map((c) => `rule ${c.rule}: ${c.claim} belongs to the older route ${c.winner}`);
  const more = conflicts.length > lost.length ? `; and ${conflicts.length - lost.length} more` : '';
  return {
    ...verdict,
    accepted: refused('Conflicted', `${lost.join('; ')}${more}. The rest of the route is served.`),
  };
}

function addTargets(world: World, plugin: string, namespace: string, spec: WasmPluginSpec): void {
  if (!spec.targets) return;
  const others = world.targets.get(namespace) ?? [];
  world.targets.set(namespace, [...others, ...toTargets(plugin, namespace, spec)]);
}
