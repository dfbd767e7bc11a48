import type { Service } from '../../api/core.ts';
import type { ObjectSet } from '../objects.ts';
import { isOwn, type Scope } from '../scope.ts';
import type { AnnotationReader, ToldService } from './annotations.ts';
import { checkService } from './checks.ts';
import { PerVersion, type Step } from './step.ts';
import { type TlsMemo, tlsWarnings } from './upstream-tls.ts';
import { accepted, resolved } from './verdict.ts';
import type { World } from './world.ts';

/** Services that ask for something in their annotations. Their routes come later, when all upstreams and plugins are known. */
export class ServiceStep implements Step<'Service'> {
  readonly kind = 'Service';
  readonly #tls: TlsMemo;
  readonly #reader: AnnotationReader;
  readonly #scope: Scope;
  readonly #told = new PerVersion<ToldService | undefined>();

  constructor(scope: Scope, reader: AnnotationReader, tls: TlsMemo) {
    this.#scope = scope;
    this.#reader = reader;
    this.#tls = tls;
  }

  make(key: string, service: Service | undefined, objects: ObjectSet, world: World): void {
    if (!service?.metadata.annotations || !isOwn(service, this.#scope)) return this.#reader.forget(key);
    const told = this.#told.get(service, () => this.#reader.read(key, service));
    if (!told) return;
    const warnings = [...told.warnings];
    if (told.upstream && world.upstreams.has(key)) {
      warnings.push({
        reason: 'Conflicted',
        message: `the LoomUpstream ${key} has the same name and is used instead`,
      });
    } else if (told.upstream) {
      const { upstream, spec, port } = told.upstream;
      const secured = this.#tls.resolve(upstream, told.namespace, spec, objects, world);
      world.upstreams.set(key, secured.upstream);
      warnings.push(...tlsWarnings(upstream));
      const { reason, message } = secured.condition;
      if (secured.condition !== resolved) warnings.push({ reason, message });
      world.backings.set(key, { service: key, port });
      const problem = checkService(service, key, port, 'loom.dev/upstream');
      if (problem) warnings.push({ reason: problem.reason, message: problem.message });
    }
    world.annotated.set(key, told);
    const verdict = { object: service, id: key, served: true, accepted, resolvedRefs: resolved };
    world.verdicts.set(`Service:${key}`, { ...verdict, problems: [], warnings });
  }
}
