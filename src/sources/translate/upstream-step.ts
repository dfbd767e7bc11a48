import { isIP } from 'node:net';
import type { KubeObject } from '../../api/core.ts';
import type { LoomUpstreamSpec } from '../../api/types.gen.ts';
import { isForeignAddress } from '../../foreign.ts';
import type { ConditionState, ObjectSet, Warning } from '../objects.ts';
import type { Endpoint } from '../../model/upstream.ts';
import { isOwn, type Scope } from '../scope.ts';
import { Admitter } from './admit.ts';
import { checkService } from './checks.ts';
import { idOf } from './route.ts';
import { noWarnings, type Step, verdictOf } from './step.ts';
import { toEndpoints, toUpstream } from './upstream.ts';
import { type TlsMemo, tlsWarnings } from './upstream-tls.ts';
import { resolved } from './verdict.ts';
import type { World } from './world.ts';

/** LoomUpstreams. */
export class UpstreamStep implements Step<'LoomUpstream'> {
  readonly kind = 'LoomUpstream';
  readonly #scope: Scope;
  readonly #tls: TlsMemo;
  readonly #foreignOnly: boolean;
  readonly #admitter = new Admitter('LoomUpstream', (spec, key, { namespace = '', uid }) => ({
    spec,
    upstream: toUpstream(key, namespace, spec, uid),
    endpoints: toEndpoints(spec),
  }));

  /** `foreignOnly` as in TranslateOptions. */
  constructor(scope: Scope, tls: TlsMemo, foreignOnly = false) {
    this.#scope = scope;
    this.#tls = tls;
    this.#foreignOnly = foreignOnly;
  }

  make(key: string, object: KubeObject | undefined, objects: ObjectSet, world: World): void {
    if (!object || !isOwn(object, this.#scope)) return this.#admitter.forget(key);
    const admission = this.#admitter.admit(key, object);
    let refs = resolved;
    let warnings = noWarnings;
    if (admission.admitted) {
      const { spec, upstream, endpoints } = admission.admitted;
      const { namespace = '' } = object.metadata;
      const secured = this.#tls.resolve(upstream, namespace, spec, objects, world);
      world.upstreams.set(key, secured.upstream);
      warnings = [...tlsWarnings(upstream), ...(this.#foreignOnly ? innerWarnings(endpoints) : [])];
      if (spec.serviceRef) refs = back(key, namespace, spec.serviceRef, objects, world);
      else world.fixed.set(key, endpoints);
      if (refs === resolved) refs = secured.condition;
    }
    world.verdicts.set(`LoomUpstream:${key}`, { ...verdictOf(object, key, admission, refs), warnings });
  }
}

/** A name may lead anywhere, and is looked at when it is connected to. */
const innerWarnings = (endpoints: readonly Endpoint[]): readonly Warning[] =>
  endpoints.flatMap(({ address }, i) =>
    isIP(address) === 0 || isForeignAddress(address)
      ? []
      : [
          {
            reason: 'InnerAddress',
            message: `spec.endpoints[${i}].address: ${address} is an address of the machine itself, and nothing is sent there`,
          },
        ],
  );

/** Its endpoints are those of a Service. */
function back(
  id: string,
  namespace: string,
  { name, port }: NonNullable<LoomUpstreamSpec['serviceRef']>,
  objects: ObjectSet,
  world: World,
): ConditionState {
  const service = idOf(namespace, name);
  world.backings.set(id, { service, port });
  return checkService(objects.Service.get(service), service, port, 'spec.serviceRef') ?? resolved;
}
