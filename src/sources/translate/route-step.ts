import type { KubeObject, Service } from '../../api/core.ts';
import type { ObjectSet } from '../objects.ts';
import { isOwn, type Scope } from '../scope.ts';
import { Admitter } from './admit.ts';
import type { Resolver } from './resolver.ts';
import { toRoute } from './route.ts';
import { type Step, verdictOf } from './step.ts';
import type { Targeting } from './targets.ts';
import { accepted, resolved } from './verdict.ts';
import type { World } from './world.ts';

/** LoomRoutes. */
export class RouteStep implements Step<'LoomRoute'> {
  readonly kind = 'LoomRoute';
  readonly #scope: Scope;
  readonly #resolver: Resolver;
  readonly #targeting: Targeting;
  readonly #admitter = new Admitter(
    'LoomRoute',
    (spec, id, { namespace = '', creationTimestamp: created = '' }) =>
      toRoute(spec, { id, namespace, created }),
  );

  constructor(scope: Scope, resolver: Resolver, targeting: Targeting) {
    this.#scope = scope;
    this.#resolver = resolver;
    this.#targeting = targeting;
  }

  make(key: string, object: KubeObject | undefined, objects: ObjectSet, world: World): void {
    if (!object || !isOwn(object, this.#scope)) return this.#admitter.forget(key);
    const admission = this.#admitter.admit(key, object);
    let refs = resolved;
    if (admission.admitted) {
      const { namespace = '' } = object.metadata;
      const { route, condition } = this.#resolver.resolve(admission.admitted, namespace, objects, world);
      world.routes.set(key, this.#targeting.apply(route, world.targets.get(namespace), world.backings));
      refs = condition;
    }
    world.verdicts.set(`LoomRoute:${key}`, verdictOf(object, key, admission, refs));
  }
}

/** The routes in the annotations of Services. */
export class AnnotatedRouteStep implements Step<'Service'> {
  readonly kind = 'Service';
  readonly after = 'annotated';
  readonly #resolver: Resolver;
  readonly #targeting: Targeting;

  constructor(resolver: Resolver, targeting: Targeting) {
    this.#resolver = resolver;
    this.#targeting = targeting;
  }

  make(key: string, service: Service | undefined, objects: ObjectSet, world: World): void {
    const told = world.annotated.get(key);
    if (!service || !told) return;
    const warnings = [];
    for (const one of told.routes) {
      const { namespace } = told;
      const { route, condition } = this.#resolver.resolve(one, namespace, objects, world);
      const whole = this.#targeting.apply(route, world.targets.get(namespace), world.backings);
      world.routes.set(route.id, whole);
      if (condition.status !== 'False') continue;
      warnings.push({ reason: condition.reason, message: `route ${route.id}: ${condition.message}` });
    }
    if (warnings.length === 0) return;
    const verdict = { object: service, id: key, served: true, accepted, resolvedRefs: resolved };
    world.verdicts.set(`Service:${key}`, { ...verdict, problems: [], warnings });
  }
}
